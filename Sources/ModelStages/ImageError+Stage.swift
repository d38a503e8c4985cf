import Images
import Shards

/// Images know nothing of stages; here their errors get the exit codes that they say.
extension ImageError: StageFailure {}
