//! What a hostile server or file can do to a program: take its memory, its stack, its time. By the public API alone.

#[cfg(target_os = "linux")]
mod memory;
mod depth;
mod yaml;
