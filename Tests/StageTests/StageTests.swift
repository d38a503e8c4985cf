import Testing

/// Tests that run the built programs. One after the other, because each uses all cores and some look at the
/// clock.
@Suite(.serialized) enum StageTests {}
