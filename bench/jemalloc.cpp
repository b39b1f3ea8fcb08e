/// The program's settings (harness/cli/main.cpp), so that what is measured here is what it does.
extern "C" {
const char* malloc_conf =
    "dirty_decay_ms:-1,muzzy_decay_ms:-1,oversize_threshold:0,lg_extent_max_active_fit:63";
}
