/* This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
 * Licensed under the MIT License; see LICENSE.
 *
 * Swift's Glibc module leaves these out; this names them, and adds nothing. */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

/* glibc shows it to those who ask for GNU extensions before the first include, which a module cannot. */
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
