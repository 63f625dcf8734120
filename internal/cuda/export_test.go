package cuda

// SetEncodeRoom bounds the products that Encode has at a time to so many bytes; 0 for the
// usual.
func (e *Engine) SetEncodeRoom(bytes int) { e.encoding.room = bytes }
