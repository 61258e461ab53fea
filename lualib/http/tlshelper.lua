-- TLS over skynet.socket. The native object only transforms bytes; this module carries them to and fro.

local sockethelper = require "http.sockethelper"
local c = require "ltls.c"

local tlshelper = {}

-- Moves bytes between the socket and the TLS object until both sides agree.
local function handshake_of(fd, tls)
	local read = sockethelper.readfunc(fd)
	local write = sockethelper.writefunc(fd)
	return function(first)
		local out = first
		while true do
			if out and out ~= "" then
				write(out)
			end
			if tls:finished() then
				return
			end
			out = tls:handshake(read())
		end
	end
end

---A function that performs the client's handshake.
---@param fd integer
---@param tls userdata
---@return fun()
function tlshelper.init_requestfunc(fd, tls)
	local handshake = handshake_of(fd, tls)
	return function()
		handshake(tls:handshake())
	end
end

---A function that performs the server's handshake.
---@param fd integer
---@param tls userdata
---@return fun()
function tlshelper.init_responsefunc(fd, tls)
	local handshake = handshake_of(fd, tls)
	return function()
		handshake()
	end
end

---@param tls userdata
---@return fun()
function tlshelper.closefunc(tls)
	return function()
		tls:close()
	end
end

-- Plain text may wait inside the TLS object, behind the handshake or an earlier record.
local function plain_reader(fd, tls)
	local read = sockethelper.readfunc(fd)
	return function()
		local plain = tls:read()
		while plain == "" do
			plain = tls:read(read())
		end
		return plain
	end
end

---A function that reads `n` bytes of plain text, or without `n` whatever there is.
---@param fd integer
---@param tls userdata
---@return fun(n?: integer): string
function tlshelper.readfunc(fd, tls)
	local more = plain_reader(fd, tls)
	local rest = ""
	return function(size)
		local parts, total = { rest }, #rest
		while total < (size or 1) do
			local part = more()
			parts[#parts + 1] = part
			total = total + #part
		end
		local plain = table.concat(parts)
		size = size or total
		rest = plain:sub(size + 1)
		return plain:sub(1, size)
	end
end

---@param fd integer
---@param tls userdata
---@return fun(data: string)
function tlshelper.writefunc(fd, tls)
	local write = sockethelper.writefunc(fd)
	return function(data)
		if data ~= "" then
			write(tls:write(data))
		end
	end
end

---A function that reads until the peer closes.
---@param fd integer
---@param tls userdata
---@return fun(): string
function tlshelper.readallfunc(fd, tls)
	local more = plain_reader(fd, tls)
	return function()
		local parts = {}
		while true do
			local ok, part = pcall(more)
			if not ok then
				if part ~= sockethelper.socket_error then
					error(part, 0)
				end
				return table.concat(parts)
			end
			parts[#parts + 1] = part
		end
	end
end

---A context: certificate and ciphers, shared by many connections.
---@return userdata
function tlshelper.newctx()
	return c.newctx()
end

---@param role "client"|"server"
---@param context userdata
---@param hostname? string the server's name, which the client announces
---@return userdata
function tlshelper.newtls(role, context, hostname)
	return c.newtls(role, context, hostname)
end

return tlshelper
