package nvidia

// DevicesOf is [Devices] of a driver at a path.
func DevicesOf(path string) ([]Device, error) {
	d, err := openDriver(path)
	if err != nil {
		return nil, err
	}
	return devices(d)
}

// CuDNNFault is what [Load] says of a cuDNN.
func CuDNNFault(version, cuda int) error { return cuDNNFault(version, cuda) }
