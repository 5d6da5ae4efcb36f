//! Where a URL leads: the service's address, what it is called, and the path.

use crate::Error;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long a first connection may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A URL in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// What the service is called in requests, with its port where the URL has one.
    pub host: String,
    name: String,
    port: u16,
    /// With the query; begins with `/`.
    pub path: String,
}

impl Address {
    /// Takes a URL apart. `http://` may be left out.
    pub fn parse(url: &str) -> Result<Address, Error> {
        let wrong = |message: String, help: &str| Err(Error::Usage { message, help: help.to_owned() });
        let example = "give the address of a service, e.g. `highwater load http://127.0.0.1:3000/items`";
        let rest = match url.split_once("://") {
            Some(("http", rest)) => rest,
            Some(("https", _)) => {
                let help =
                    "a load measures the service, not the encryption before it: give its own port, with http";
                return wrong(format!("`{url}` is encrypted"), help);
            }
            Some((scheme, _)) => return wrong(format!("`{scheme}` is not sent here, only http is"), example),
            None => url,
        };
        let split = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(split);
        let path = path.split('#').next().unwrap_or_default();
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
            _ => (host, Some(80)),
        };
        let name = name.trim_start_matches('[').trim_end_matches(']');
        match port {
            Some(port) if !name.is_empty() && !host.contains('@') => {
                Ok(Address { host: host.to_owned(), name: name.to_owned(), port, path })
            }
            _ => wrong(format!("`{url}` has no host and port that can be called"), example),
        }
    }

    /// The socket that answers there. A name may have several addresses (`localhost` often has two); the first that
    /// takes a connection is it.
    pub fn find(&self) -> Result<SocketAddr, Error> {
        let wrong = |message: String, help: &str| Error::Usage { message, help: help.to_owned() };
        let all: Vec<SocketAddr> = (self.name.as_str(), self.port)
            .to_socket_addrs()
            .map_err(|e| {
                wrong(format!("`{}` cannot be found: {e}", self.name), "check the name of the host")
            })?
            .collect();
        let mut last = None;
        for address in all {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(_) => return Ok(address),
                Err(e) => last = Some(e),
            }
        }
        let why = last.map_or_else(|| "it has no address".to_owned(), |e| e.to_string());
        Err(wrong(
            format!("nothing answers at `{}`: {why}", self.host),
            "start the service first, and check the port; `highwater prove -- COMMAND` starts it itself",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        for (url, host, name, port, path) in [
            ("http://127.0.0.1:3000/a?b=c#d", "127.0.0.1:3000", "127.0.0.1", 3000, "/a?b=c"),
            ("localhost:8080", "localhost:8080", "localhost", 8080, "/"),
            ("http://shop.example?x={n}", "shop.example", "shop.example", 80, "/?x={n}"),
            ("http://[::1]:3000/", "[::1]:3000", "::1", 3000, "/"),
            ("http://[::1]", "[::1]", "::1", 80, "/"),
        ] {
            let wanted =
                Address { host: host.to_owned(), name: name.to_owned(), port, path: path.to_owned() };
            assert_eq!(Address::parse(url).unwrap(), wanted, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_called_is_told() {
        for (url, part) in [
            ("https://shop.example", "is encrypted"),
            ("ws://shop.example", "`ws` is not sent here"),
            ("http://:3000/", "has no host"),
            ("http://a:b/", "has no host and port"),
            ("http://user@a:1/", "has no host and port"),
        ] {
            let told = Address::parse(url).unwrap_err().to_string();
            assert!(told.contains(part) && told.contains("\n  help: "), "{url}: {told}");
        }
    }

    #[test]
    fn nothing_that_listens_is_told() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let address = Address::parse(&format!("127.0.0.1:{port}")).unwrap();
        assert_eq!(address.find().unwrap().port(), port);
        drop(listener);
        assert!(address.find().unwrap_err().to_string().contains("nothing answers at `127.0.0.1:"));
    }
}
