import ArgumentParser
import Models

/// Where the PyTorch peer is.
struct PeerOptions: ParsableArguments {
  @Option(help: "Python interpreter that can import torch.") var python = "python3"
  @Option(help: "The peer's script.") var peer = "pipeline/bench/peer.py"
  @Flag(help: "Measure without the peer.") var noPeer = false

  /// The peer, or the reason why there is none.
  func start(_ configuration: AnyOrderConfiguration, threads: Int) -> Result<Peer, Peer.Problem> {
    if noPeer { return .failure(Peer.Problem(description: "it was left out")) }
    do {
      return .success(
        try Peer(python: python, script: peer, configuration: configuration, threads: threads))
    } catch let problem as Peer.Problem {
      return .failure(problem)
    } catch {
      return .failure(Peer.Problem(description: "\(error)"))
    }
  }
}
