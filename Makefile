# Makefile - the only build. `make help` lists the targets.
#
# Objects go to build/<config>/: release, asan (AddressSanitizer and UBSan), tsan (ThreadSanitizer),
# double (hr_real is double, for gradient checks), fuzz (libFuzzer, by clang), coverage (gcov), core, static, wasm/simd and wasm/scalar; with CROSS_COMPILE=x- to build/x-<config>/. Sources are listed by hand: a file that is not here does not exist.
include config.mk

CONFIG ?= release
B      := build/$(CROSS_COMPILE)$(CONFIG)
BUILD_CC ?= cc
# The machine that this is built for, where it is not the one that builds.
CROSS  := $(filter-out $(shell $(BUILD_CC) -dumpmachine),$(shell $(CC) -dumpmachine))

BASE := local err mem result rng sort xxh64 kind comm comm_load pool os text plain
KERN := kern kern_ref kern_portable kern_neon kern_avx2 kern_avx512 kern_avx512bf16 kern_amx
TASK := task lines family families generator survey task_json draw dihedral grid sudoku sudoku_solve sudoku_gen sudoku_canon \
        maze maze_way maze_gen arc arc_tasks arc_vote numbers \
        declared declared_order declared_read declared_rules declared_sets declared_text
IO   := safetensors npy csv yaml json canvas gif zip pickle torchpt npz tensors tensors_open
NN   := spec dims param narrow recur model mask tape block block_once rows tree embed loss optim muon engine piece worker slot exec_train exec engine_cpu engines engine_ranks
DATA := bad dataset dataset_open dataset_csv dataset_dir dataset_arrays dataset_arc arc_box arc_views arc_build names task_file sampler audit \
        generate picture arc_like_kit arc_like_whole arc_like_panels arc_like_objects arc_like_lines arc_like
REGIME := regime rounds segments lattice regimes step
MODEL := recipe recipe_spec record sure checkpoint quantise official import convert describe
SOLVE := search solve answer trace ballot judged eval
TRAIN := folder setup crew session best board journal state schedule train adapt
LOOK := page chart story film player measure walk near attend patch tried deduce inspect inspect_page inspected states run runs samples report
CHECK := parity parity_run parity_unit parity_model parity_data bench bench_measure bench_kernels bench_models
API  := general options file ranks model model_file solver trace data data_out evaluate train generate tools check look
SERVE := models text ask job queue solve events metrics guard reply http puzzles runs openapi api \
         catalogue tale tools mcp mcp_http pipe page
APP  := main opt term reading signals ranks cmd_train cmd_eval cmd_solve cmd_info cmd_data cmd_arc cmd_adapt cmd_parity \
        cmd_bench cmd_convert cmd_completion cmd_manual cmd_serve cmd_mcp cmd_inspect cmd_report cmd_sweep sweep jobs explain scored shipped lines source checker paths families \
        $(SERVE:%=serve/%)

LIB_SRC := $(BASE:%=src/base/%.c) $(KERN:%=src/kern/%.c) $(TASK:%=src/task/%.c) \
           $(IO:%=src/io/%.c) $(NN:%=src/nn/%.c) $(DATA:%=src/data/%.c) \
           $(REGIME:%=src/regime/%.c) $(MODEL:%=src/model/%.c) $(SOLVE:%=src/solve/%.c) \
           $(TRAIN:%=src/train/%.c) $(LOOK:%=src/look/%.c) $(CHECK:%=src/check/%.c) \
           $(API:%=src/api/%.c)
# What loads a model from memory and solves: no threads, no files, nothing but libc, libm and jansson.
CORE_SRC := $(patsubst %,src/base/%.c,local_none err mem rng sort xxh64 kind comm_none text pool_serial os_none) $(KERN:%=src/kern/%.c) \
            $(filter-out %/arc_tasks.c %/arc_vote.c %/survey.c,$(TASK:%=src/task/%.c)) src/io/safetensors.c src/io/json.c \
            $(patsubst %,src/nn/%.c,spec dims param narrow recur model mask tape block rows embed tree loss optim muon engine piece worker slot exec_train exec engine_cpu engines engine_ranks_none) src/regime/rounds.c \
            src/model/checkpoint.c src/model/sure.c $(patsubst %,src/solve/%.c,search solve answer trace) \
            $(patsubst %,src/api/%.c,general options model solver)
CORE_OBJ := $(CORE_SRC:%.c=$(B)/%.o)
WASM_SRC := $(CORE_SRC) app/reading.c web/libc.c web/jansson.c web/engine.c
APP_SRC := $(APP:%=app/%.c)
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o) $(B)/src/look/player_html.o
APP_OBJ := $(APP_SRC:%.c=$(B)/%.o) $(B)/app/serve/page_html.o

UNIT := base/test_base base/test_comm base/test_text base/test_os kern/check kern/test_toy_table io/test_io io/test_torch io/test_foreign task/test_task task/test_declared task/test_decoding task/test_forms task/test_terrain \
        task/test_sudoku task/test_maze task/test_arc task/test_arc_tasks nn/test_engine nn/test_model nn/test_optim nn/test_skip nn/test_channels nn/test_ranks \
        data/test_data data/test_numbers data/test_arc_like regime/test_rounds regime/test_toy_regime model/test_recipe model/test_describe model/test_import model/test_quantise \
        solve/test_search solve/test_judged train/test_schedule train/test_train train/test_state train/test_refused train/test_bests train/test_adapt \
        look/test_page look/test_inspect look/test_deduce look/test_film check/test_parity api/test_api api/test_threads api/test_stream api/test_honest api/test_results api/test_short api/test_outside api/test_calls
UNIT_BIN := $(UNIT:%=$(B)/tests/%)
GRADIENT := build/double/tests/nn/test_gradient
CLI_TEST := $(filter-out %/lib.sh,$(sort $(wildcard tests/cli/*.sh)))
# The gradient check, test_model, test_train and test_calls take most of the unit tests' time.
QUICK    := $(filter-out %/test_model %/test_train %/test_calls,$(UNIT_BIN)) tests/cli/bad_input.sh tests/house.sh tests/runner.sh
FUZZ     := run plain safetensors npy csv table yaml json task arc names recipe declared zip pickle torchpt npz official serve \
            model state dataset journal
FUZZ_BIN := $(FUZZ:%=$(B)/tests/fuzz/fuzz_%)
# Scripts that let things fail, and what they preload.
FAULT    := $(filter-out %/soak.sh,$(sort $(wildcard tests/fault/*.sh)))
FAULT_SO := $(B)/tests/fault/failalloc.so
FAULT_BIN := $(patsubst %,$(B)/tests/fault/%,calls host)
TESTS     = $(UNIT_BIN) $(GRADIENT) $(CLI_TEST) $(FAULT) tests/fuzz/run.sh tests/house.sh tests/runner.sh
MAY_SKIP  = $(sort $(foreach name,$(shell sed -n 's/^\([a-z][^:]*\):.*/\1/p' tests/skips.txt),$(filter %/$(name),$(UNIT_BIN)) $(filter $(name:cli-%=tests/cli/%.sh),$(CLI_TEST))))
PUZZLES  := jigsaw futoshiki sorting decoding forms terrain
PUZZLE_BIN := $(PUZZLES:%=$(B)/examples/puzzles/%/generate)

# Where Debian has clang's C library for WebAssembly; set while that is what is built.
WASM_ROOT := /usr
WASM := $(filter wasm/%,$(CONFIG))
# What reads JSON without Jansson, of which Debian has none for these C libraries.
OWN_JSON := $(WASM)$(filter static,$(CONFIG))

# ---- flags -----------------------------------------------------------------------------------------
# Its packages are described in a folder of its own, as Debian has them; PKG_CONFIG_LIBDIR or PKG_CONFIG name others.
ifneq ($(CROSS_COMPILE),)
PKG_CONFIG_LIBDIR ?= /usr/lib/$(CROSS_COMPILE:%-=%)/pkgconfig:/usr/share/pkgconfig
endif
PKG      := $(if $(PKG_CONFIG_LIBDIR),PKG_CONFIG_LIBDIR="$(PKG_CONFIG_LIBDIR)" )$(PKG_CONFIG)
PACKAGES := jansson yaml-0.1 libzip libpng zlib
APP_PACKAGES := libmicrohttpd
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
HARDEN      := -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
OPT_release := -O3 $(HARDEN)
OPT_asan    := -O2 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
OPT_tsan    := -O1 -g -fsanitize=thread
OPT_fuzz    := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
OPT_coverage := -O1 -g --coverage
OPT_core    := -Os -DHR_ONLY_SOLVES
OPT_double  := -O2 -DHR_REAL_DOUBLE
OPT_static  := -Os -DHR_ONLY_SOLVES
OPT_wasm/simd := -Os -DHR_ONLY_SOLVES -msimd128
OPT_wasm/scalar := -Os -DHR_ONLY_SOLVES
# No contraction to FMA but where the source says so: the same bits from every compiler.
MODEL_OF_CODE := $(if $(WASM),-nostdlibinc -isystem $(WASM_ROOT)/include/wasm32-wasi,-fPIC)
CFLAGS  := -std=c11 -D_GNU_SOURCE $(MODEL_OF_CODE) -fvisibility=hidden -ffunction-sections -fdata-sections -ffp-contract=off $(WARN) \
           $(OPT_$(CONFIG)) -Isrc -Iinclude $(if $(OWN_JSON),-I. -Iweb -Iapp,$(shell $(PKG) --cflags $(PACKAGES) 2>/dev/null)) $(EXTRA_CFLAGS)
LDFLAGS := $(filter -fsanitize% --coverage,$(OPT_$(CONFIG))) -Wl,-z,relro,-z,now,-z,noexecstack $(EXTRA_LDFLAGS)
PIE     := $(if $(filter -static,$(EXTRA_LDFLAGS)),,-pie)
LDLIBS  := $(shell $(PKG) --libs $(PACKAGES) 2>/dev/null) -lm -pthread

ifneq ($(filter x86_64%,$(shell $(CC) -dumpmachine)),)
$(B)/src/kern/kern_avx2.o:   CFLAGS += -mavx2 -mfma
$(B)/src/kern/kern_avx512.o: CFLAGS += -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma \
                                       -mprefer-vector-width=512
$(B)/src/kern/kern_avx512bf16.o: CFLAGS += -mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx512bf16 -mfma \
                                           -mprefer-vector-width=512
$(B)/src/kern/kern_amx.o: CFLAGS += -mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx512bf16 -mfma \
                                    -mamx-tile -mamx-bf16 -mprefer-vector-width=512
endif

# The engine for several processes is a plug-in, made where an MPI is (MPICC= leaves it out).
MPICC  ?= $(if $(CROSS_COMPILE),,$(shell command -v mpicc 2>/dev/null))
PLUGIN := $(if $(MPICC),$(B)/hrm-mpi.so)

$(B)/tests/%.o: private CFLAGS += -Itests
$(B)/app/%.o: private CFLAGS += -Iapp $(shell $(PKG) --cflags $(APP_PACKAGES) 2>/dev/null)

# The version is in hrm.h and nowhere else.
VERSION  := $(shell awk '/^\#define HRM_VERSION_/ {v = v s $$3; s = "."} END {print v}' include/hrm.h)
ABI      := $(shell awk '/^\#define HRM_ABI/ {print $$3}' include/hrm.h)
SONAME   := libhrm.so.$(ABI)
LIB_FILE := libhrm.so.$(ABI).$(VERSION)

# ---- targets ---------------------------------------------------------------------------------------
.PHONY: all core static machines wasm page help deps check-kernels demo demo-run test test-run test-skipped check-quick asan coverage coverage-run fault fault-run fuzz fuzz-run tsan tsan-run torch arm64 arm64-test arm64-run format docs lint walk container install uninstall deb clean
.DEFAULT_GOAL := all

# Manual pages and completions come from the command itself; where that is another machine's, from one for this
# machine, which is built first (or named: HRM=/usr/bin/hrm).
HRM      ?= $(if $(CROSS),build/native/hrm,$(B)/hrm)

all: $(B)/hrm $(B)/libhrm.a $(B)/libhrm.so $(PLUGIN) ## build the library and the command

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /  make \1\t/p' Makefile | expand -t 18

CORE := build/$(CROSS_COMPILE)core
core: $(if $(CROSS),,$(B)/hrm) ## build build/core/libhrm-core.a, which only solves, and test it
	@$(MAKE) --no-print-directory CONFIG=core HRM=$(HRM) $(CORE)/libhrm-core.a $(CORE)/tests/core/solve \
	    $(if $(CROSS),,$(CORE)/examples/edge/solve $(CORE)/tests/core/counted)
	@$(if $(CROSS),echo "built for $(CROSS): $(CORE)/libhrm-core.a",sh tests/core/check.sh $(CORE) $(B)/hrm)

# The C library is musl, whose programs are small and need nothing where they run; with CROSS_COMPILE that of the cross compiler.
STATIC := build/$(CROSS_COMPILE)static
STATIC_CC ?= $(if $(CROSS_COMPILE),$(CC),musl-gcc)
static: $(HRM) ## build build/static/hrm-sudoku, a Sudoku solver with its model in one static file, and test it
	@command -v $(STATIC_CC) >/dev/null || { echo "make static needs these packages: musl-tools" >&2; \
	    echo "install them with: apt-get install musl-tools" >&2; exit 1; }
	@$(MAKE) --no-print-directory CONFIG=static CC="$(STATIC_CC)" HRM=$(HRM) $(STATIC)/hrm-sudoku
	@$(if $(CROSS),echo "built for $(CROSS): $(STATIC)/hrm-sudoku",sh tests/core/static.sh $(STATIC)/hrm-sudoku $(HRM))

machines: $(HRM) ## build hrm-sudoku for armv7, riscv64 and arm64 and solve a puzzle with each, emulated
	@sh tools/machines.sh $(HRM)

# Both builds of the module and the folder as npm has it (docs/web.md). gcc has no such target: clang is asked, whatever CC says.
WASM_CC := clang --target=wasm32-wasi --sysroot=$(WASM_ROOT)
NPM := build/wasm/npm
wasm: ## build build/wasm/npm: the core as WebAssembly, for browsers and Node.js
	@sh tools/wasm.sh
	@$(MAKE) --no-print-directory CC="$(WASM_CC)" CONFIG=wasm/simd build/wasm/simd/hrm.wasm
	@$(MAKE) --no-print-directory CC="$(WASM_CC)" CONFIG=wasm/scalar build/wasm/scalar/hrm.wasm
	@mkdir -p $(NPM)
	@install -C -m 644 build/wasm/simd/hrm.wasm $(NPM)/hrm.wasm
	@install -C -m 644 build/wasm/scalar/hrm.wasm $(NPM)/hrm-scalar.wasm
	@install -C -m 644 web/hrm.js web/worker.js web/hrm.d.ts web/README.md LICENSE $(NPM)
	@sed 's/@version@/$(VERSION)/' web/package.json.in >build/wasm/package.json && install -C -m 644 build/wasm/package.json $(NPM)
	@ls -l $(NPM)/*.wasm | awk '{print $$NF ": " $$5 " bytes"}'

PAGE_MODELS := models/sudoku.safetensors models/maze.safetensors
page: wasm ## build build/wasm/hrm.html: the page of hrm serve as one file with PAGE_MODELS inside, which needs no service
	@sh tools/page.sh $(NPM) $(PAGE_MODELS) >build/wasm/hrm.html.tmp && mv build/wasm/hrm.html.tmp build/wasm/hrm.html
	@ls -l build/wasm/hrm.html | awk '{print $$NF ": " $$5 " bytes"}'

deps: ## install what is missing through apt, or say what to install
	@CC="$(CC)" sh tools/deps.sh

# All cores for people who have just come; with -j N it is N.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

demo: deps ## everything from nothing: build, then solve hard puzzles with the model that is here, or train one
	@$(MAKE) --no-print-directory $(JOBS) all
	@sh tools/demo.sh $(B)/hrm

# Many of them wait, or keep one core at work.
TEST_JOBS := $(shell nproc)
test: deps ## build and run all tests, TEST_JOBS of them at once
	@$(MAKE) --no-print-directory $(JOBS) test-run

test-run: all $(UNIT_BIN) $(GRADIENT) $(FUZZ_BIN) $(PUZZLE_BIN) $(FAULT_SO) $(FAULT_BIN)
	@TEST_JOBS=$(TEST_JOBS) sh tests/run.sh $(B) $(TESTS)

test-skipped: ## the tests that may be skipped elsewhere (tests/skips.txt)
	@$(MAKE) --no-print-directory $(JOBS) test-run TESTS="$(MAY_SKIP)"

check-quick: all $(UNIT_BIN) ## the fast tests, in under a minute once built
	@HRM_SHARED= sh tests/run.sh $(B) $(QUICK)

asan: ## the unit and fuzz tests under AddressSanitizer and UBSan
	@$(MAKE) --no-print-directory CONFIG=asan test-run

fault: ## what happens when memory, disks or the machine fail, at every point where they can: an hour
	@$(MAKE) --no-print-directory $(JOBS) fault-run

fault-run: all $(FAULT_SO) $(FAULT_BIN)
	@FAULT=long sh tests/run.sh $(B) $(FAULT) tests/fault/soak.sh

# With clang, inputs that reach new code are kept (in build/fuzz/corpus) and changed further; else seeds are changed blindly.
FUZZ_SECONDS := 600
FUZZ_JOBS := $(shell nproc)
fuzz: ## every reader of outside bytes for FUZZ_SECONDS each, FUZZ_JOBS at once, under the sanitizers; guided by coverage where clang is
	@$(MAKE) --no-print-directory $(if $(shell command -v clang),CC=clang CONFIG=fuzz,CONFIG=asan) FUZZ="$(FUZZ)" fuzz-run

fuzz-run: $(FUZZ_BIN)
	@FUZZ_JOBS=$(FUZZ_JOBS) sh tests/fuzz/long.sh $(B) $(FUZZ_SECONDS) $(FUZZ)

coverage: ## which lines and branches the unit tests, COVERAGE_CLI (scripts of tests/cli) and COVERAGE_FAULT reach, by room
	@$(MAKE) --no-print-directory CONFIG=coverage coverage-run

COVERAGE_CLI := $(CLI_TEST)
COVERAGE_FAULT := $(patsubst %,tests/fault/%.sh,alloc calls bounds flips hostile) # in short form; what is killed leaves no counts
coverage-run: all $(UNIT_BIN) $(FUZZ_BIN) $(FAULT_SO) $(FAULT_BIN)
	@find $(B) -name '*.gcda' -delete
	@EVERY=1 HRM_SHARED= sh tests/run.sh $(B) $(UNIT_BIN) $(COVERAGE_CLI) $(COVERAGE_FAULT) tests/fuzz/run.sh || echo "failures above: what they reached counts"
	@python3 -B tests/coverage.py $(B)

tsan: ## eight threads through one model, commands with several, and the service under all kinds of clients, under ThreadSanitizer
	@$(MAKE) --no-print-directory CONFIG=tsan tsan-run

tsan-run: $(B)/tests/api/test_threads $(B)/tests/api/test_api $(B)/hrm
	@$(B)/tests/api/test_threads && $(B)/tests/api/test_api
	@sh tests/tsan.sh $(B)
	@folder=$$(mktemp -d); PYTHONDONTWRITEBYTECODE=1 python3 tests/serve/race_test.py $(B)/hrm $$folder; code=$$?; rm -r $$folder; exit $$code

torch: ## a virtual environment for the tests against PyTorch and for bench/pytorch.sh (gigabytes)
	@[ -x build/torch/bin/python ] || python3 -m venv build/torch
	@build/torch/bin/pip install -q torch numpy safetensors pyyaml

# Every kernel on another architecture, under user-mode emulation. Debian packages: see tools/arm64.sh.
ARM64 := aarch64-linux-gnu
arm64: ## build for arm64 and run the kernel tests there, emulated
	@sh tools/arm64.sh
	@$(MAKE) --no-print-directory CROSS_COMPILE=$(ARM64)- all build/$(ARM64)-release/tests/kern/check
	@qemu-aarch64 -L /usr/$(ARM64) -E LD_LIBRARY_PATH=/usr/lib/$(ARM64) build/$(ARM64)-release/tests/kern/check

# ARM64_TESTS: fewer of them, as solve/test_search or tests/cli/convert.sh.
ARM64_TESTS = $(UNIT) $(CLI_TEST)
ARM64_RUN = $(patsubst %,$(B)/tests/%,$(filter-out %.sh,$(ARM64_TESTS)))
arm64-test: ## the unit tests and the command's on arm64, emulated, as root: hours
	@sh tools/arm64.sh
	@$(MAKE) --no-print-directory $(JOBS) CROSS_COMPILE=$(ARM64)- arm64-run

arm64-run: all $(ARM64_RUN) $(PUZZLE_BIN)
	@sh tests/arm64.sh $(B) $(ARM64_RUN) $(filter %.sh,$(ARM64_TESTS))

format: ## apply clang-format
	@clang-format -i $$(git ls-files '*.c' '*.h')

docs: ## make docs/api.md and the middle of python/hrm.py out of include/*.h
	@python3 tools/api.py

lint: all ## layers, exported symbols, sizes, formatting
	@sh tests/house.sh $(B)

container: ## the lines of the container file in empty roots of its Debian suite (as root)
	@sh tests/container.sh

walk: ## README and docs word for word in an empty root of a Debian suite (as root; SUITE=trixie)
	@sh tests/walk.sh $(or $(SUITE),bookworm)

COMMANDS = $(shell $(HRM) completion commands)
MAN_PAGES = hrm $(COMMANDS:%=hrm-%)
SHARE := $(DATADIR)/hrm
COMPLETIONS := $(DATADIR)/bash-completion/completions/hrm $(ZSHDIR)/_hrm \
               $(DATADIR)/fish/vendor_completions.d/hrm.fish
SHARED_FILES = $(wildcard recipes/*.yaml models/* data/*.csv)
D = $(DESTDIR)

install: all $(HRM) ## install under PREFIX (default /usr/local), staged by DESTDIR
	install -d $(D)$(BINDIR) $(D)$(LIBDIR)/pkgconfig $(D)$(INCLUDEDIR) $(D)$(MANDIR)/man1 \
	    $(addprefix $(D)$(SHARE)/,$(sort $(dir $(SHARED_FILES)))) $(addprefix $(D),$(dir $(COMPLETIONS)))
	install -m 755 $(B)/hrm $(D)$(BINDIR)/hrm
	install -m 644 $(B)/libhrm.a $(D)$(LIBDIR)/libhrm.a
	$(if $(PLUGIN),install -d $(D)$(LIBDIR)/hrm && install -m 644 $(PLUGIN) $(D)$(LIBDIR)/hrm/hrm-mpi.so)
	install -m 644 $(B)/libhrm.so $(D)$(LIBDIR)/$(LIB_FILE)
	ln -sf $(LIB_FILE) $(D)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(D)$(LIBDIR)/libhrm.so
	install -m 644 $(addprefix include/,hrm.h hrm_data.h hrm_tools.h hrm_look.h) $(D)$(INCLUDEDIR)
	sed 's|@libdir@|$(LIBDIR)|; s|@includedir@|$(INCLUDEDIR)|; s|@version@|$(VERSION)|; s|@packages@|$(PACKAGES)|' \
	    tools/hrm.pc.in >$(D)$(LIBDIR)/pkgconfig/hrm.pc
	chmod 644 $(D)$(LIBDIR)/pkgconfig/hrm.pc
	for page in $(MAN_PAGES); do \
	    $(HRM) manual $$(echo "$$page" | sed 's/^hrm-*//; s/-/ /') >$(D)$(MANDIR)/man1/$$page.1 && \
	    chmod 644 $(D)$(MANDIR)/man1/$$page.1 || exit 1; done
	for file in $(COMPLETIONS); do case $$file in *bash*) shell=bash ;; *zsh*) shell=zsh ;; *) shell=fish ;; esac; \
	    $(HRM) completion $$shell >$(D)$$file && chmod 644 $(D)$$file || exit 1; done
	for file in $(SHARED_FILES); do install -m 644 $$file $(D)$(SHARE)/$$file || exit 1; done
	@# So that programs find the library: the loader's list of what is where, which only root keeps.
	[ -n "$(D)" ] || [ "$$(id -u)" -ne 0 ] || ldconfig || true

uninstall: $(HRM) ## remove what install put there
	rm -f $(D)$(BINDIR)/hrm $(addprefix $(D)$(INCLUDEDIR)/,hrm.h hrm_data.h hrm_tools.h hrm_look.h) $(D)$(LIBDIR)/pkgconfig/hrm.pc \
	    $(addprefix $(D)$(LIBDIR)/,libhrm.a libhrm.so $(SONAME) $(LIB_FILE)) \
	    $(MAN_PAGES:%=$(D)$(MANDIR)/man1/%.1) $(addprefix $(D),$(COMPLETIONS))
	rm -rf $(D)$(SHARE) $(D)$(LIBDIR)/hrm

build/native/hrm:
	@$(MAKE) --no-print-directory PKG="env -u PKG_CONFIG_LIBDIR -u PKG_CONFIG_PATH -u PKG_CONFIG_SYSROOT_DIR pkg-config" \
	    CROSS_COMPILE= CC=$(BUILD_CC) AR=ar CONFIG=release B=build/native $@

deb: deps ## build Debian packages into build/deb and check them with lintian
	@sh tools/deb.sh $(VERSION)

check-kernels: $(B)/tests/kern/check $(B)/hrm ## test every kernel against the reference, then time it
	@$<
	@for isa in $$($(B)/hrm --version --json | sed 's/.*"isas": \[\([^]]*\)\].*/\1/; s/[",]/ /g'); do \
	    echo "# $$isa"; $(B)/hrm bench gemm --isa $$isa --seconds .1 && \
	    $(B)/hrm bench kernels --isa $$isa --seconds .1 || exit 1; done

clean: ## remove build/
	rm -rf build

# ---- rules -----------------------------------------------------------------------------------------
$(B)/hrm: $(APP_OBJ) $(B)/libhrm.a
	$(CC) $(PIE) $(LDFLAGS) -o $@ $^ $(shell $(PKG) --libs $(APP_PACKAGES) 2>/dev/null) $(LDLIBS)

$(B)/libhrm.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/libhrm-core.a: $(CORE_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

# A library (a reactor), which begins with _initialize. A stack that overflows traps, instead of running into other data.
$(B)/hrm.wasm: $(WASM_SRC:%.c=$(B)/%.o)
	$(CC) -mexec-model=reactor -Wl,--gc-sections,--strip-all,--stack-first,-z,stack-size=1048576,--max-memory=1073741824 -o $@ $^ -lm

$(B)/tests/core/solve: $(B)/tests/core/solve.o $(B)/libhrm-core.a
	$(CC) $(LDFLAGS) -Wl,--gc-sections -o $@ $^ -ljansson -lm

# The example for small machines has the Sudoku model in it, as int8; and the same with its allocations counted.
$(B)/examples/edge/model.c: models/sudoku.safetensors tools/embed.sh $(HRM)
	@mkdir -p $(@D)
	@$(HRM) convert $< $(@D)/model.safetensors --dtype int8 --quiet
	@sh tools/embed.sh $(@D)/model.safetensors sudoku_model model.h >$@

$(B)/examples/edge/%.o $(B)/tests/core/counting.o: private CFLAGS += -Iexamples/edge

$(B)/examples/edge/model.o: $(B)/examples/edge/model.c
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/examples/edge/solve $(B)/examples/edge/sudoku: $(B)/%: $(B)/%.o $(B)/examples/edge/model.o $(B)/libhrm-core.a
	$(CC) $(LDFLAGS) -Wl,--gc-sections -o $@ $^ -ljansson -lm

$(B)/hrm-sudoku: $(CORE_OBJ) $(B)/web/jansson.o $(B)/examples/edge/sudoku.o $(B)/examples/edge/model.o
	$(CC) $(LDFLAGS) -static -Wl,--gc-sections,-s -o $@ $^ -lm

$(B)/tests/core/counted: $(B)/examples/edge/solve.o $(B)/tests/core/counting.o $(B)/examples/edge/model.o $(B)/libhrm-core.a
	$(CC) $(LDFLAGS) -Wl,--gc-sections -Wl,--wrap=hrm_solver_reserve -o $@ $^ -ljansson -lm

$(B)/libhrm.so: $(LIB_OBJ) src/api/libhrm.map
	$(CC) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,--version-script=src/api/libhrm.map -o $@ \
	    $(LIB_OBJ) $(LDLIBS)
	ln -sf libhrm.so $(B)/$(SONAME)

$(B)/hrm-mpi.so: src/base/comm_mpi.c src/base/comm.h src/base/err.h
	@mkdir -p $(@D)
	OMPI_CC="$(CC)" MPICH_CC="$(CC)" $(MPICC) $(CFLAGS) $(LDFLAGS) -shared -o $@ $<

$(B)/app/serve/page_html.c: app/serve/page.html tools/embed.sh
	@mkdir -p $(@D)
	@sh tools/embed.sh $< page_html >$@

$(B)/app/serve/page_html.o: $(B)/app/serve/page_html.c
	$(CC) $(CFLAGS) -Iapp/serve -MMD -MP -c -o $@ $<

$(B)/src/look/player_html.c: src/look/player.html tools/embed.sh
	@mkdir -p $(@D)
	@sh tools/embed.sh $< hr_player_html look/player.h >$@

$(B)/src/look/player_html.o: $(B)/src/look/player_html.c
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(PUZZLE_BIN): $(B)/%: $(B)/%.o
	$(CC) $(LDFLAGS) -o $@ $^ -lm

# Kernels see no outside bytes, and take minutes to build with checks: all but the reference, with which the targets run, go without.
ifeq ($(CONFIG),fuzz)
FUZZ_MAIN :=
FUZZ_LINK := -fsanitize=fuzzer
$(B)/src/kern/kern_a%.o $(B)/src/kern/kern_p%.o $(B)/src/kern/kern_n%.o: CFLAGS += -fno-sanitize=all
else
FUZZ_MAIN := $(B)/tests/fuzz/standalone.o
endif

$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(FUZZ_MAIN) $(B)/libhrm.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $(FUZZ_LINK) -o $@ $^ $(LDLIBS)

# Jansson, and what stands in its place in the module.
$(B)/tests/web/json: $(B)/tests/web/json.o $(B)/libhrm.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/tests/web/json-own: tests/web/json.c web/jansson.c src/io/json.c $(B)/libhrm.a
	@mkdir -p $(@D)
	$(CC) -I. -Iweb $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The parts of the service that read what clients send.
$(B)/tests/fuzz/fuzz_serve.o: private CFLAGS += -Iapp
$(B)/tests/fuzz/fuzz_serve: $(B)/tests/fuzz/fuzz_serve.o $(FUZZ_MAIN) \
                             $(patsubst %,$(B)/app/%.o,explain reading term signals $(addprefix serve/,models text ask job catalogue tale tools mcp metrics)) \
                             $(B)/libhrm.a
	$(CC) $(LDFLAGS) $(FUZZ_LINK) -o $@ $^ $(LDLIBS)

$(FAULT_SO) $(B)/tests/base/engine.so: $(B)/%.so: %.c
	@mkdir -p $(@D)
	$(CC) $(filter-out --coverage,$(CFLAGS)) -fvisibility=default -shared -o $@ $<

$(FAULT_BIN): $(B)/%: $(B)/%.o
	$(CC) $(LDFLAGS) -o $@ $<

$(B)/tests/base/test_comm: | $(B)/tests/base/engine.so

$(B)/tests/kern/check: $(B)/tests/kern/emulate_amx.o $(B)/tests/kern/check_products.o $(B)/tests/kern/check_rest.o

$(B)/tests/%: $(B)/tests/%.o $(B)/libhrm.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

# The gradient check is the one program of the double configuration: its own object tree.
DOUBLE_SRC := $(BASE:%=src/base/%.c) src/kern/kern.c src/kern/kern_ref.c src/io/json.c $(NN:%=src/nn/%.c) \
              tests/nn/test_gradient.c
ifneq ($(CONFIG),double)
.PHONY: build/double/tests/nn/test_gradient
build/double/tests/nn/test_gradient:
	@$(MAKE) --no-print-directory CONFIG=double $@
else
$(B)/tests/nn/test_gradient: $(DOUBLE_SRC:%.c=$(B)/%.o)
	$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)
endif

.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
