#pragma once

namespace assay {

/// Makes the C library keep freed memory instead of giving every large block back to the system. A forward
/// pass frees and asks for the same hundreds of megabytes over and over; fetched anew, their page faults cost
/// a third of the time (measured: SqueezeNet 16.9 against 10.6 ms an image, GoogLeNet 45 against 38). Call
/// once, before the first large allocation. Nothing but glibc needs it.
void keep_freed_memory();

}  // namespace assay
