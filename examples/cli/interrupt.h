#pragma once

namespace cli {

/// After this call Ctrl-C (and SIGTERM) ends the program at once with exit status 130 (143) and
/// one message, and removes the temporary file that was being written.
void end_cleanly_when_interrupted();

}  // namespace cli
