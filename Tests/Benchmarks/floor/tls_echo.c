/* This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
 * Licensed under the MIT License; see LICENSE.
 *
 * The floor of the TLS rows: epoll_echo.c with the system's OpenSSL between the socket and the echo, and the settings of
 * swiftgate's own listeners: no buffers for connections that are idle, one read of the system for all that is there, one
 * stateless ticket, TLS 1.2 or later. One thread, no framing. `tls_echo port certificate key`. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 1024, BUFFER = 65536 };

struct client {
	SSL *session;
	int fd;
	/* What the system has not taken yet; reading stops meanwhile. */
	char *pending;
	size_t pending_size;
};

static char buffer[BUFFER];

static void fail(const char *what) {
	perror(what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

static void watch(int epoll, int operation, int fd, unsigned events, void *client) {
	struct epoll_event event = {.events = events, .data.ptr = client};
	if (epoll_ctl(epoll, operation, fd, &event) != 0) fail("epoll_ctl");
}

static void allow_many_descriptors(void) {
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0) fail("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0) fail("setrlimit");
}

static int listen_on(int port) {
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int on = 1;
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
	if (listen(fd, 1024) != 0) fail("listen");
	return fd;
}

static SSL_CTX *context(const char *certificate, const char *key) {
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	if (context == NULL) fail("SSL_CTX_new");
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(context, 1);
	SSL_CTX_set_read_ahead(context, 1);
	if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1) fail(certificate);
	if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) fail(key);
	return context;
}

static void end(struct client *client) {
	SSL_free(client->session);
	close(client->fd);
	free(client->pending);
	free(client);
}

/* Whether the session only waits for its socket. */
static int waits(struct client *client, int result) {
	int error = SSL_get_error(client->session, result);
	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

/* Returns whether the client is still there; keeps what is not taken. */
static int send_all(int epoll, struct client *client, const char *bytes, size_t size) {
	while (size > 0) {
		int written = SSL_write(client->session, bytes, (int)size);
		if (written <= 0 && !waits(client, written)) {
			end(client);
			return 0;
		}
		if (written <= 0) {
			client->pending = malloc(size);
			if (client->pending == NULL) fail("malloc");
			memcpy(client->pending, bytes, size);
			client->pending_size = size;
			watch(epoll, EPOLL_CTL_MOD, client->fd, EPOLLOUT, client);
			return 1;
		}
		bytes += written;
		size -= written;
	}
	return 1;
}

/* All that one read of the system brought goes back in one piece, as a gate sends it. */
static void echo(int epoll, struct client *client) {
	size_t got = 0;
	int result;
	ERR_clear_error();
	do {
		result = SSL_read(client->session, buffer + got, (int)(sizeof buffer - got));
		if (result > 0) got += result;
	} while (result > 0 && got < sizeof buffer && SSL_has_pending(client->session));
	if (result <= 0 && !waits(client, result)) return end(client);
	if (got > 0) send_all(epoll, client, buffer, got);
}

static void flush_pending(int epoll, struct client *client) {
	char *pending = client->pending;
	client->pending = NULL;
	watch(epoll, EPOLL_CTL_MOD, client->fd, EPOLLIN, client);
	if (send_all(epoll, client, pending, client->pending_size) && client->pending == NULL) echo(epoll, client);
	free(pending);
}

static void accept_client(int epoll, int listener, SSL_CTX *context) {
	int on = 1;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	if (fd < 0) return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	struct client *client = calloc(1, sizeof *client);
	if (client == NULL) fail("calloc");
	client->fd = fd;
	client->session = SSL_new(context);
	if (client->session == NULL) fail("SSL_new");
	SSL_set_fd(client->session, fd);
	SSL_set_accept_state(client->session);
	watch(epoll, EPOLL_CTL_ADD, fd, EPOLLIN, client);
}

int main(int argc, char **argv) {
	static struct epoll_event events[EVENTS];
	if (argc != 4) {
		fprintf(stderr, "usage: tls_echo port certificate key\n");
		return 2;
	}
	allow_many_descriptors();
	signal(SIGPIPE, SIG_IGN);
	SSL_CTX *shared = context(argv[2], argv[3]);
	int epoll = epoll_create1(0);
	int listener = listen_on(atoi(argv[1]));
	watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN, NULL);
	for (;;) {
		int ready = epoll_wait(epoll, events, EVENTS, -1);
		for (int i = 0; i < ready; i++) {
			struct client *client = events[i].data.ptr;
			if (client == NULL) accept_client(epoll, listener, shared);
			else if (client->pending != NULL) flush_pending(epoll, client);
			else echo(epoll, client);
		}
	}
}
