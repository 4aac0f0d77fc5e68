//! Two sessions driven side by side over one capture.
