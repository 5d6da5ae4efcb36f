//! Requests that let a runtime run while it owes an answer.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// Most answers come by themselves.
const FIRST: Duration = Duration::from_millis(300);
/// Between two requests; also the longest that one may take.
const AGAIN: Duration = Duration::from_secs(1);

/// Waits for an answer, sending requests until it comes.
pub(super) async fn until<T>(address: SocketAddr, answer: impl Future<Output = T>) -> T {
    let mut answer = pin!(answer);
    if let Ok(answer) = timeout(FIRST, &mut answer).await {
        return answer;
    }
    loop {
        let kick = async {
            // Whether the request itself goes well is not our matter here.
            let _ = timeout(AGAIN, request(address)).await;
            sleep(AGAIN).await;
        };
        tokio::select! {
            answer = &mut answer => return answer,
            () = kick => {}
        }
    }
}

async fn request(address: SocketAddr) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    stream.take(1 << 16).read_to_end(&mut Vec::new()).await.map(drop)
}
