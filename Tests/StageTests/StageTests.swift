import Testing

/// Tests that run the built programs. One after the other, because each uses all cores.
@Suite(.serialized) enum StageTests {}
