# config.mk - what a builder may want to change. Override on the command line: make CC=clang.
ifeq ($(origin CC),default)
CC      := gcc
endif
AR      ?= ar
PREFIX  ?= /usr/local
DESTDIR ?=
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR    ?= $(PREFIX)/share
ZSHDIR     ?= $(DATADIR)/zsh/site-functions
MANDIR     ?= $(DATADIR)/man
# The flags of release, asan, tsan and double builds live in the Makefile; add your own here.
EXTRA_CFLAGS  ?=
EXTRA_LDFLAGS ?=
