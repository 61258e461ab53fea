/* This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
 * Licensed under the MIT License; see LICENSE.
 *
 * The floor: the least a server can do for an echo on this machine. One thread, level-triggered epoll, one read and
 * one write per readiness, no framing. Prints its port on one line and runs until it is ended by its pid. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 1024, BUFFER = 65536 };

/* What a slow reader has not taken yet. A server that dropped bytes would stall its clients. */
struct client {
	char *pending;
	size_t pending_size;
};

static struct client *clients;
static char buffer[BUFFER];

static void fail(const char *what) {
	perror(what);
	exit(1);
}

static void watch(int epoll, int operation, int fd, unsigned events) {
	struct epoll_event event = {.events = events, .data.fd = fd};
	if (epoll_ctl(epoll, operation, fd, &event) != 0) fail("epoll_ctl");
}

static size_t allow_many_descriptors(void) {
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0) fail("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0) fail("setrlimit");
	return limit.rlim_cur;
}

static int listen_on(int port) {
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int on = 1;
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&address, size) != 0) fail("bind");
	if (listen(fd, 1024) != 0) fail("listen");
	if (getsockname(fd, (struct sockaddr *)&address, &size) != 0) fail("getsockname");
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

static void end(int fd) {
	free(clients[fd].pending);
	clients[fd].pending = NULL;
	clients[fd].pending_size = 0;
	close(fd);
}

/* Reading stops while output is pending: the kernel then slows the sender down. */
static void keep_pending(int epoll, int fd, const char *bytes, size_t size) {
	clients[fd].pending = malloc(size);
	if (clients[fd].pending == NULL) fail("malloc");
	__builtin_memcpy(clients[fd].pending, bytes, size);
	clients[fd].pending_size = size;
	watch(epoll, EPOLL_CTL_MOD, fd, EPOLLOUT);
}

static void flush_pending(int epoll, int fd) {
	struct client client = clients[fd];
	ssize_t written = write(fd, client.pending, client.pending_size);
	if (written < 0 && errno != EAGAIN) return end(fd);
	clients[fd] = (struct client){0};
	if (written < 0) written = 0;
	if ((size_t)written < client.pending_size) keep_pending(epoll, fd, client.pending + written, client.pending_size - written);
	else watch(epoll, EPOLL_CTL_MOD, fd, EPOLLIN);
	free(client.pending);
}

static void echo(int epoll, int fd) {
	ssize_t count = read(fd, buffer, sizeof buffer);
	if (count < 0 && errno == EAGAIN) return;
	if (count <= 0) return end(fd);
	ssize_t written = write(fd, buffer, count);
	if (written < 0 && errno != EAGAIN) return end(fd);
	if (written < 0) written = 0;
	if (written < count) keep_pending(epoll, fd, buffer + written, count - written);
}

static void accept_client(int epoll, int listener, size_t limit) {
	int on = 1;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	if (fd < 0) return;
	if ((size_t)fd >= limit) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	watch(epoll, EPOLL_CTL_ADD, fd, EPOLLIN);
}

int main(int argc, char **argv) {
	static struct epoll_event events[EVENTS];
	size_t limit = allow_many_descriptors();
	signal(SIGPIPE, SIG_IGN);
	clients = calloc(limit, sizeof *clients);
	if (clients == NULL) fail("calloc");
	int epoll = epoll_create1(0);
	int listener = listen_on(argc > 1 ? atoi(argv[1]) : 0);
	watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN);
	for (;;) {
		int ready = epoll_wait(epoll, events, EVENTS, -1);
		for (int i = 0; i < ready; i++) {
			int fd = events[i].data.fd;
			if (fd == listener) accept_client(epoll, listener, limit);
			else if (clients[fd].pending != NULL) flush_pending(epoll, fd);
			else echo(epoll, fd);
		}
	}
}
