#pragma once

namespace cli {

/// From here on Ctrl-C (and a polite kill) ends the program at once with exit status 130 (143) and
/// one message, and removes what a file being written has left behind.
void end_cleanly_when_interrupted();

}  // namespace cli
