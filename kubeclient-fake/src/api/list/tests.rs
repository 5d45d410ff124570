//! Lists as the real server answers them.
