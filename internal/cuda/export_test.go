package cuda

// DenseAbove sets of which share of active codes on they are multiplied with their zeros.
func (e *Engine) DenseAbove(share float64) { e.dense = share }

// SetEncodeRoom bounds the products that Encode has at a time to so many bytes; 0 for the
// usual.
func (e *Engine) SetEncodeRoom(bytes int) { e.encoding.room = bytes }
