package run

// Kill lets go of the folder as the end of a killed process does.
func (f *Folder) Kill() { f.release() }
