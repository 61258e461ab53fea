/* This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
 * Licensed under the MIT License; see LICENSE.
 *
 * Swift's Glibc module leaves <sys/epoll.h> out; this names it, and adds nothing. */
#include <sys/epoll.h>
