//! Reads an HTTP/1.1 answer from bytes as they arrive. Knows no socket: it is given pieces and says when it has enough.
//!
//! RFC 9112: sections 4 and 5 for the head, 6 for where a body ends, 7.1 for chunks.

use std::mem::MaybeUninit;

/// A head longer than this is not one of ours to wait for.
const HEAD_BYTES_MAX: usize = 256 * 1024;

/// Header fields that are looked at.
const FIELDS_MAX: usize = 256;

/// What became of the bytes so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// The answer goes on.
    More,
    /// The answer is complete.
    Done,
    /// This is not HTTP/1.1.
    Malformed,
}

/// An answer as it arrives.
#[derive(Debug, Default)]
pub(super) struct Answer {
    state: State,
    /// The beginning of a head that came in pieces.
    head: Vec<u8>,
    /// Whether it answers a HEAD request, and so has no body whatever it says.
    to_head: bool,
    /// Whether any byte has come.
    pub has_begun: bool,
    /// Whether no more can come.
    pub is_over: bool,
    /// Bytes that have come, head included.
    pub bytes: u64,
    /// Its status, once the head is there.
    pub status: u16,
    /// Whether the connection can serve another request.
    pub keep_alive: bool,
    /// How long the service keeps an idle connection, if it says so.
    pub keep_alive_seconds: Option<u64>,
    /// Bytes of the body that have come, framing included.
    pub body_bytes: u64,
    /// Bytes behind the end of the answer.
    pub surplus: Vec<u8>,
    /// Counts events, where somebody wants to know.
    pub events: Option<Events>,
}

/// Counts server-sent events: blocks of lines that end with an empty line. Comments count too, since what a service
/// sends to keep a client is as good a sign of life.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// Whole blocks so far.
    pub count: u64,
    /// Whether the line so far is empty.
    is_line_begun: bool,
    /// Whether the block so far is empty.
    is_block_begun: bool,
}

impl Events {
    pub fn feed(&mut self, data: &[u8]) {
        for byte in data {
            match byte {
                b'\r' => {}
                b'\n' if self.is_line_begun => self.is_line_begun = false,
                b'\n' => {
                    self.count += u64::from(self.is_block_begun);
                    self.is_block_begun = false;
                }
                _ => (self.is_line_begun, self.is_block_begun) = (true, true),
            }
        }
    }
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Head,
    /// So many bytes to go.
    Length(u64),
    /// Until the service closes.
    UntilClose,
    Chunked(Chunk),
    Done,
}

/// Where in a chunked body.
#[derive(Debug, Clone, Copy)]
enum Chunk {
    /// In the digits of a size.
    Size { size: u64, digits: u32 },
    /// Behind the size, up to the end of the line.
    Extension { size: u64 },
    /// So many bytes of data to go.
    Data { left: u64 },
    /// The end of the line behind the data.
    DataEnd,
    /// In the lines behind the last chunk; whether this one is empty so far.
    Trailer { empty: bool },
}

impl Answer {
    /// Ready for another answer.
    pub fn begin(&mut self, to_head: bool) {
        self.state = State::Head;
        self.head.clear();
        self.to_head = to_head;
        self.has_begun = false;
        self.is_over = false;
        self.bytes = 0;
        self.status = 0;
        self.keep_alive = false;
        self.keep_alive_seconds = None;
        self.body_bytes = 0;
        self.surplus.clear();
        self.events = None;
    }

    /// Takes bytes that have come.
    pub fn feed(&mut self, bytes: &[u8]) -> Progress {
        self.has_begun = true;
        self.bytes += bytes.len() as u64;
        if !matches!(self.state, State::Head) {
            return self.feed_body(bytes);
        }
        if self.head.is_empty() {
            return self.feed_head(bytes, 0);
        }
        let before = self.head.len();
        let mut head = std::mem::take(&mut self.head);
        head.extend_from_slice(bytes);
        self.feed_head(&head, before)
    }

    /// No more bytes will come: the service has closed, or the connection broke. An answer without a length ends by
    /// closing; any other is not complete.
    pub fn feed_end(&mut self, has_closed: bool) -> Progress {
        self.is_over = true;
        match self.state {
            State::UntilClose | State::Done if has_closed => {
                self.state = State::Done;
                self.keep_alive = false;
                Progress::Done
            }
            _ => Progress::More,
        }
    }

    /// `seen`: how many of the bytes were there before, and held no end of a head.
    fn feed_head(&mut self, bytes: &[u8], seen: usize) -> Progress {
        let mut bytes = bytes;
        let mut seen = seen;
        loop {
            if !holds_head(&bytes[seen.saturating_sub(3)..]) {
                if bytes.len() > HEAD_BYTES_MAX {
                    return Progress::Malformed;
                }
                self.head = bytes.to_vec();
                return Progress::More;
            }
            let mut fields = [const { MaybeUninit::uninit() }; FIELDS_MAX];
            let mut parsed = httparse::Response::new(&mut []);
            let outcome = httparse::ParserConfig::default().parse_response_with_uninit_headers(
                &mut parsed,
                bytes,
                &mut fields,
            );
            let Ok(httparse::Status::Complete(length)) = outcome else { return Progress::Malformed };
            let status = parsed.code.unwrap_or_default();
            if (100..200).contains(&status) && status != 101 {
                bytes = &bytes[length..];
                seen = 0;
                if bytes.is_empty() {
                    return Progress::More;
                }
                continue;
            }
            self.status = status;
            let Some(state) = self.body_state(&parsed) else { return Progress::Malformed };
            self.state = state;
            return self.feed_body(&bytes[length..]);
        }
    }

    /// Where the body ends. `None`: the head contradicts itself.
    fn body_state(&mut self, head: &httparse::Response<'_, '_>) -> Option<State> {
        let mut length: Option<u64> = None;
        let mut chunked = false;
        let mut coded = false;
        self.keep_alive = head.version == Some(1);
        for field in head.headers.iter() {
            let name = field.name;
            if name.eq_ignore_ascii_case("content-length") {
                let said = std::str::from_utf8(field.value).ok()?.trim().parse().ok()?;
                if length.is_some_and(|other| other != said) {
                    return None;
                }
                length = Some(said);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                coded = true;
                chunked = last_word(field.value).eq_ignore_ascii_case(b"chunked");
            } else if name.eq_ignore_ascii_case("connection") {
                if has_word(field.value, b"close") {
                    self.keep_alive = false;
                } else if has_word(field.value, b"keep-alive") {
                    self.keep_alive = true;
                }
            } else if name.eq_ignore_ascii_case("keep-alive") {
                self.keep_alive_seconds = timeout_of(field.value);
            }
        }
        let state = if self.status == 101 || self.status == 204 || self.status == 304 || self.to_head {
            State::Done
        } else if chunked {
            State::Chunked(Chunk::Size { size: 0, digits: 0 })
        } else if coded {
            State::UntilClose
        } else {
            length.map_or(State::UntilClose, State::Length)
        };
        if matches!(state, State::UntilClose) {
            self.keep_alive = false;
        }
        Some(state)
    }

    fn feed_body(&mut self, bytes: &[u8]) -> Progress {
        let mut data = |data: &[u8]| {
            if let Some(events) = &mut self.events {
                events.feed(data);
            }
        };
        let (taken, is_end) = match &mut self.state {
            State::Head => (0, false),
            State::Done => (0, true),
            State::UntilClose => {
                data(bytes);
                (bytes.len(), false)
            }
            State::Length(left) => {
                let taken = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= taken as u64;
                data(&bytes[..taken]);
                (taken, *left == 0)
            }
            State::Chunked(chunk) => match chunk.feed(bytes, data) {
                Chunks::More => (bytes.len(), false),
                Chunks::Done(taken) => (taken, true),
                Chunks::Malformed => return Progress::Malformed,
            },
        };
        self.body_bytes += taken as u64;
        if is_end { self.end(&bytes[taken..]) } else { Progress::More }
    }

    fn end(&mut self, surplus: &[u8]) -> Progress {
        self.state = State::Done;
        if !surplus.is_empty() {
            self.surplus.extend_from_slice(surplus);
            self.keep_alive = false;
        }
        Progress::Done
    }
}

/// What became of bytes of a chunked body.
enum Chunks {
    More,
    /// The body ended behind so many bytes.
    Done(usize),
    Malformed,
}

impl Chunk {
    fn feed(&mut self, bytes: &[u8], mut data: impl FnMut(&[u8])) -> Chunks {
        let mut at = 0;
        while at < bytes.len() {
            if let Chunk::Data { left } = self {
                let taken = (bytes.len() - at).min(usize::try_from(*left).unwrap_or(usize::MAX));
                data(&bytes[at..at + taken]);
                at += taken;
                *left -= taken as u64;
                if *left == 0 {
                    *self = Chunk::DataEnd;
                }
                continue;
            }
            let byte = bytes[at];
            at += 1;
            match self.step(byte) {
                Some(true) => return Chunks::Done(at),
                Some(false) => {}
                None => return Chunks::Malformed,
            }
        }
        Chunks::More
    }

    /// Takes one byte of framing: whether the body is over; `None` where the byte must not stand.
    fn step(&mut self, byte: u8) -> Option<bool> {
        *self = match (*self, byte) {
            (Chunk::Size { size, digits }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                if digits >= 15 {
                    return None;
                }
                let digit = char::from(byte).to_digit(16)?;
                Chunk::Size { size: size * 16 + u64::from(digit), digits: digits + 1 }
            }
            (Chunk::Size { digits: 0, .. }, _) => return None,
            (Chunk::Size { size, .. } | Chunk::Extension { size }, b'\n') => match size {
                0 => Chunk::Trailer { empty: true },
                left => Chunk::Data { left },
            },
            (Chunk::Size { size, .. }, b'\r' | b';' | b' ' | b'\t') => Chunk::Extension { size },
            (Chunk::Size { .. }, _) => return None,
            (Chunk::Extension { size }, _) => Chunk::Extension { size },
            (Chunk::DataEnd, b'\r') => Chunk::DataEnd,
            (Chunk::DataEnd, b'\n') => Chunk::Size { size: 0, digits: 0 },
            (Chunk::DataEnd, _) => return None,
            (Chunk::Trailer { empty: true }, b'\n') => return Some(true),
            (Chunk::Trailer { empty }, b'\r') => Chunk::Trailer { empty },
            (Chunk::Trailer { .. }, b'\n') => Chunk::Trailer { empty: true },
            (Chunk::Trailer { .. }, _) => Chunk::Trailer { empty: false },
            (data @ Chunk::Data { .. }, _) => data,
        };
        Some(false)
    }
}

/// Whether there is an empty line, with or without carriage returns.
fn holds_head(bytes: &[u8]) -> bool {
    let mut from = 0;
    while let Some(found) = bytes[from..].iter().position(|b| *b == b'\n') {
        let end = from + found + 1;
        match bytes.get(end..) {
            Some([b'\n', ..] | [b'\r', b'\n', ..]) => return true,
            _ => from = end,
        }
    }
    false
}

fn words(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|b| *b == b',').map(<[u8]>::trim_ascii)
}

fn has_word(value: &[u8], word: &[u8]) -> bool {
    words(value).any(|w| w.eq_ignore_ascii_case(word))
}

fn last_word(value: &[u8]) -> &[u8] {
    words(value).last().unwrap_or_default()
}

/// The seconds of `Keep-Alive: timeout=5`.
fn timeout_of(value: &[u8]) -> Option<u64> {
    words(value).find_map(|word| {
        let text = std::str::from_utf8(word).ok()?;
        text.strip_prefix("timeout=")?.trim().parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds a text in pieces of every size, then the end; what is said at last, and the answer.
    fn read(text: &str, to_head: bool) -> Vec<(Progress, u16, bool, u64, usize)> {
        (1..=text.len())
            .map(|size| {
                let mut answer = Answer::default();
                answer.begin(to_head);
                let mut progress = Progress::More;
                for piece in text.as_bytes().chunks(size) {
                    if progress != Progress::More {
                        break;
                    }
                    progress = answer.feed(piece);
                }
                if progress == Progress::More {
                    progress = answer.feed_end(true);
                }
                (progress, answer.status, answer.keep_alive, answer.body_bytes, answer.surplus.len())
            })
            .collect()
    }

    #[track_caller]
    fn always(text: &str, wanted: (Progress, u16, bool, u64)) {
        for (progress, status, keep_alive, body_bytes, _) in read(text, false) {
            assert_eq!((progress, status, keep_alive, body_bytes), wanted, "{text:?}");
        }
    }

    #[test]
    fn bodies_end_where_the_head_says() {
        always("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", (Progress::Done, 200, true, 5));
        always("HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n", (Progress::Done, 200, true, 0));
        always(
            "HTTP/1.1 404\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno",
            (Progress::Done, 404, false, 2),
        );
        always("HTTP/1.1 204 No Content\r\n\r\n", (Progress::Done, 204, true, 0));
        always("HTTP/1.1 304 Not Modified\r\nContent-Length: 90\r\n\r\n", (Progress::Done, 304, true, 0));
        always("HTTP/1.1 200 OK\n\nall of it", (Progress::Done, 200, false, 9));
        always("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", (Progress::Done, 200, false, 1));
        always(
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
            (Progress::Done, 200, true, 1),
        );
    }

    #[test]
    fn chunks_are_followed_to_their_end() {
        always(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0A;x=\"y\"\r\n0123456789\r\n0\r\n\r\n",
            (Progress::Done, 200, true, 37),
        );
        always(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\nChecked: yes\r\nAnd: more\r\n\r\n",
            (Progress::Done, 200, true, 30),
        );
    }

    #[test]
    fn a_head_request_has_no_body_whatever_the_answer_says() {
        for (progress, ..) in read("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", true) {
            assert_eq!(progress, Progress::Done);
        }
    }

    #[test]
    fn interim_answers_are_passed_over() {
        always(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\
             Content-Length: 1\r\n\r\nx",
            (Progress::Done, 200, true, 1),
        );
        always(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
            (Progress::Done, 101, true, 0),
        );
    }

    #[test]
    fn an_answer_that_breaks_off_is_not_done() {
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "HTTP/1.1 200 OK\r\nContent-Le",
        ] {
            assert!(read(text, false).iter().all(|(progress, ..)| *progress == Progress::More), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_http_is_malformed() {
        for text in [
            "SSH-2.0-OpenSSH_9.2\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        ] {
            assert!(
                read(text, false).iter().all(|(progress, ..)| *progress == Progress::Malformed),
                "{text:?}"
            );
        }
    }

    #[test]
    fn bytes_behind_the_answer_end_the_connection() {
        let mut answer = Answer::default();
        answer.begin(false);
        assert_eq!(answer.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP"), Progress::Done);
        assert_eq!((answer.keep_alive, answer.surplus.as_slice()), (false, &b"HTTP"[..]));
    }

    #[test]
    fn the_time_of_an_idle_connection_is_read() {
        let mut answer = Answer::default();
        answer.begin(false);
        answer.feed(b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=100\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(answer.keep_alive_seconds, Some(5));
    }

    #[test]
    fn events_are_counted_whatever_the_pieces() {
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\ndata: 1\n\ndata: 2\r\n\
                    9\r\n\n\n: beat\n\r\n1\r\n\n\r\n6\r\ndata: \r\n";
        for size in 1..=text.len() {
            let mut answer = Answer::default();
            answer.begin(false);
            answer.events = Some(Events::default());
            for piece in text.as_bytes().chunks(size) {
                assert_eq!(answer.feed(piece), Progress::More);
            }
            assert_eq!(answer.events.as_ref().map(|e| e.count), Some(3), "in pieces of {size}");
        }
    }
}
