//! Opening a connection: TLS where it is wanted, and HTTP, over what `tcp` has reached. It asks nothing yet.

use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::connection::{Connection, Stream};
use super::{Cause, Over, Step, Target};
use crate::net::failure::{HEAD_MAX, HEADERS_MAX};
use crate::net::patience::Patience;
use crate::net::tcp;
use crate::net::tls::Tls;
use crate::net::tls::refusal::Refusal;

/// Opens one.
pub async fn connect(target: &Target, patience: &Patience) -> Result<Connection, Cause> {
    let host = target.connect_to.as_ref().unwrap_or(&target.host);
    let (tcp, _) = tcp::reach(host, target.port, patience).await?;
    // Answers come a little later without it, and nothing else happens.
    let _ = tcp.set_nodelay(true);
    let stream = match &target.over {
        Over::Tcp => Stream::plain(tcp),
        Over::Tls(tls) => shake_hands(tls, tcp, patience).await?,
        #[cfg(feature = "legacy-tls")]
        Over::LegacyTls(tls) => Stream::legacy(tls.shake_hands(tcp, patience).await?),
        #[cfg(not(feature = "legacy-tls"))]
        Over::LegacyTls(tls) => match tls.0 {},
    };
    let heard = stream.heard();
    let handshake = http1::Builder::new()
        .max_headers(HEADERS_MAX)
        .max_header_size(HEAD_MAX)
        .max_buf_size(HEAD_MAX)
        .handshake(TokioIo::new(stream))
        .await;
    // Nothing is said before the first request, so that this has no way to fail.
    let (sender, driver) = handshake.map_err(|error| Cause::of_head(&error, false))?;
    Ok(Connection::new(sender, driver, heard))
}

async fn shake_hands(tls: &Tls, tcp: TcpStream, patience: &Patience) -> Result<Stream, Cause> {
    let connector = TlsConnector::from(tls.config.clone());
    match patience.within(Step::Handshake, connector.connect(tls.name.clone(), tcp)).await? {
        Ok(stream) => Ok(Stream::secure(stream)),
        Err(error) => Err(match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(inner) => Cause::Tls(Box::new(Refusal::new(inner, tls))),
            None if error.kind() == std::io::ErrorKind::UnexpectedEof => Cause::Closed,
            None => Cause::Broken(error),
        }),
    }
}
