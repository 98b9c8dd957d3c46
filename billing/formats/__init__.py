"""File formats, one file each: bytes in, facts out, and back. Pure: no Django, no clock, no input or output."""
