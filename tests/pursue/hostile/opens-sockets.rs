//! tries: reaching the network
//! leads: orchestrator
//! ends: 2
//! says: is no orchestrator

pub fn pursue(_goal: String) -> Result<String, String> {
    std::os::wasi::net::TcpStream::connect("127.0.0.1:80").map(|_| String::new()).map_err(|error| error.to_string())
}
