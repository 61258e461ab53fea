-- The byte stream under an exchange: the socket itself, or TLS over it. TLS is loaded when it is first needed.

local require = require -- scripts may replace it later
local skynet = require "skynet"
local sockethelper = require "http.sockethelper"

local transport = {}

---@class http.transport.interface
---@field read fun(n?: integer): string
---@field write fun(data: string)
---@field readall fun(): string
---@field release fun() frees what is kept beside the socket

local client_context, server_context

local function over_tls(helper, fd, tls, handshake)
	handshake(fd, tls)()
	return {
		read = helper.readfunc(fd, tls),
		write = helper.writefunc(fd, tls),
		readall = helper.readallfunc(fd, tls),
		release = helper.closefunc(tls),
	}
end

---@param fd integer
---@return http.transport.interface
function transport.plain(fd)
	return {
		read = sockethelper.readfunc(fd),
		write = sockethelper.writefunc(fd),
		readall = function()
			return sockethelper.readall(fd)
		end,
		release = function() end,
	}
end

---@param fd integer
---@param hostname string
---@return http.transport.interface
function transport.tls_client(fd, hostname)
	local helper = require "http.tlshelper"
	client_context = client_context or helper.newctx()
	local tls = helper.newtls("client", client_context, hostname)
	return over_tls(helper, fd, tls, helper.init_requestfunc)
end

local function configured_context(helper)
	local context = helper.newctx()
	local certificate = skynet.getenv "certfile" or "./server-cert.pem"
	local key = skynet.getenv "keyfile" or "./server-key.pem"
	context:set_cert(certificate, key)
	return context
end

---The certificate comes from the configuration: `certfile`, `keyfile`.
---@param fd integer
---@return http.transport.interface
function transport.tls_server(fd)
	local helper = require "http.tlshelper"
	server_context = server_context or configured_context(helper)
	local tls = helper.newtls("server", server_context)
	return over_tls(helper, fd, tls, helper.init_responsefunc)
end

return transport
