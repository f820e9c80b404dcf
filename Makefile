# Trợ lý ảo. `make run` and `make test` start from a bare checkout with only Python 3.11 or newer.
PYTHON ?= python3
VENV ?= .venv
# Where pip finds the CPU build of torch, if not by itself:
#   make test TORCH_ARGS="--extra-index-url https://download.pytorch.org/whl/cpu"
TORCH_ARGS ?=
# More options for pytest, e.g. PYTEST_ARGS="-k places -x".
PYTEST_ARGS ?=

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install -c constraints.txt
TORCH := torch==2.13.0
# Stamps live in the environment, so that removing it removes them. A second call installs nothing
# unless what is to be installed changed.
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev
INPUTS := pyproject.toml constraints.txt
# Not only nvidia-*: the default Linux build of torch also brings triton and cuda-* packages.
CUDA := ^(nvidia|cuda|triton|pytorch-triton)

# Fails, and names the packages, when anything of CUDA is in the environment.
define refuse_cuda
	@if $(PIP) list --format=freeze | grep -iE '$(CUDA)'; then \
		echo "Lỗi: môi trường $(VENV) có gói CUDA/NVIDIA kể trên; dự án chỉ dùng CPU. Hãy xóa $(VENV) rồi chạy lại." >&2; \
		exit 1; \
	fi
endef

.PHONY: help
help:
	@echo "make run          cài đặt, lập chỉ mục nếu chưa có, mở trang hỏi đáp"
	@echo "make test         kiểm tra (trừ các phép thử chậm), dưới 15 phút"
	@echo "make test-all     kiểm tra tất cả"
	@echo "make lint         chỉ ruff, mypy và import-linter"
	@echo "make bench        đo thời gian và so với LlamaIndex mặc định"
	@echo "make gallery      chụp mọi trang ở ba cỡ màn hình, sáng và tối, vào screenshots/gallery.html"
	@echo "make constraints  tính lại constraints.txt (cần mạng)"
	@echo "make clean        xóa những gì đã sinh ra, trừ $(VENV) và kho văn bản data"

.PHONY: run
run: $(RUN_STAMP)
	@$(BIN)/python -c 'import sys; from corpus.generation import find_current as f; from corpus.settings import get_settings as s; sys.exit(f(s()) is None)' \
		|| $(BIN)/troly ingest
	$(BIN)/troly serve

.PHONY: install install-dev
install: $(RUN_STAMP)
install-dev: $(DEV_STAMP)

.PHONY: lint
lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: test
test: lint
	$(BIN)/python -m pytest -m "not slow" $(PYTEST_ARGS)

.PHONY: test-all
test-all: lint
	$(BIN)/python -m pytest $(PYTEST_ARGS)

.PHONY: bench
bench: $(DEV_STAMP)
	$(BIN)/python -m eval.bench

.PHONY: gallery
gallery: $(DEV_STAMP)
	$(BIN)/python -m tests.gallery

.PHONY: clean
clean:
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache screenshots eval/runs
	find assistant corpus eval ingest tests -name __pycache__ -type d -prune -exec rm -rf {} +

# --- installation ------------------------------------------------------------------------------------

$(VENV)/pyvenv.cfg:
	@command -v $(PYTHON) >/dev/null || { echo "Lỗi: không tìm thấy «$(PYTHON)». Hãy cài Python 3.11 trở lên, hoặc chỉ rõ: make PYTHON=/đường/dẫn/python3 …" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Lỗi: cần Python 3.11 trở lên, nhưng «$(PYTHON)» là $$($(PYTHON) --version 2>&1). Hãy chỉ rõ: make PYTHON=python3.11 …" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Lỗi: Python này thiếu mô-đun venv. Trên Debian/Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# What `make run` needs: the package and its dependencies, without torch.
$(RUN_STAMP): $(VENV)/pyvenv.cfg $(INPUTS)
	@echo "Đang cài đặt (lần đầu mất vài phút) …"
	$(INSTALL) -e .
	$(refuse_cuda)
	@touch $@

# torch first and alone: pip then settles on the CPU file (its local version is the higher one) before
# another package's open range can ask for the newest build. The dry run shows what it would bring.
$(DEV_STAMP): $(VENV)/pyvenv.cfg $(INPUTS)
	@echo "Đang cài đặt công cụ kiểm tra (lần đầu mất vài phút) …"
	@if $(INSTALL) -qq --dry-run --report - $(TORCH_ARGS) $(TORCH) | grep -E '"name": "(nvidia|cuda|triton)'; then \
		echo "Lỗi: pip chỉ tìm thấy torch bản CUDA; chưa cài gì. Hãy chạy lại với bản CPU: make $(MAKECMDGOALS) TORCH_ARGS=\"--extra-index-url https://download.pytorch.org/whl/cpu\"" >&2; \
		exit 1; \
	fi
	$(INSTALL) -qq $(TORCH_ARGS) $(TORCH)
	$(INSTALL) -qq $(TORCH_ARGS) -e '.[models,dev]'
	$(refuse_cuda)
	@touch $@ $(RUN_STAMP)

# --- constraints.txt ---------------------------------------------------------------------------------

# Needed by gradio on Python 3.13 and newer alone, so a freeze on 3.11 does not see it.
OTHER_PYTHONS := audioop-lts==0.2.2
FREEZE_VENV := build/constraints-venv

# Resolves everything afresh in an empty environment and writes down what came: no hashes, no local
# version tags (torch's "+cpu"), so that the file serves on every system. Run it to move to newer
# versions, then `make test`.
.PHONY: constraints
constraints:
	rm -rf $(FREEZE_VENV)
	$(PYTHON) -m venv $(FREEZE_VENV)
	$(FREEZE_VENV)/bin/python -m pip install --quiet $(TORCH_ARGS) $(TORCH)
	$(FREEZE_VENV)/bin/python -m pip install --quiet $(TORCH_ARGS) '.[models,dev]'
	{ $(FREEZE_VENV)/bin/python -m pip freeze --all --exclude pip --exclude tro-ly-ao | sed -E 's/\+[A-Za-z0-9.]+$$//'; \
		printf '%s\n' $(OTHER_PYTHONS); } | LC_ALL=C sort -fu > build/constraints.txt
	@if grep -iE '$(CUDA)' build/constraints.txt; then echo "Lỗi: bản mới kéo theo CUDA; constraints.txt giữ nguyên." >&2; exit 1; fi
	mv build/constraints.txt constraints.txt
	rm -rf $(FREEZE_VENV)
