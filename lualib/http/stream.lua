-- A response body that comes piece by piece: `for part, stream in stream do`.

---@class http.stream
---@field status integer
---@field header table
---@field connected boolean|nil true; nil when all has been read; false when the bytes made no sense
local stream = {}
stream.__index = stream

-- Each reader returns the next part, or nil at the end, or false where the bytes make no sense.
-- It raises when the connection fails, and will do so again.
local READ = {}

-- There is one part even where there is nothing.
function READ.none(self)
	local part = not self.last and "" or nil
	self.last = true
	return part
end

function READ.chunked(self)
	if self.last then
		return nil
	end
	local read = self.interface.read
	local chunk, rest = self.format.read_chunk(read, self.body)
	if not chunk then
		return false
	end
	self.body = rest
	if chunk == "" then
		self.last = true
		local trailer = {}
		if not (self.format.recvheader(read, trailer, rest) and self.format.parseheader(trailer, 1, self.header)) then
			return false
		end
	end
	return chunk
end

local function received(self)
	local part = self.body
	self.body = ""
	return part ~= "" and part or self.interface.read()
end

function READ.length(self)
	if self.left <= 0 then
		return READ.none(self)
	end
	local part = received(self):sub(1, self.left)
	self.left = self.left - #part
	self.last = self.left == 0
	return part
end

-- Nothing tells where such a body ends: the connection does, and that is an error like any other.
function READ.close(self)
	local part = self.body
	self.body = nil
	return part or self.interface.read()
end

---Closes the connection under the stream.
function stream:close()
	local release = self.release
	if release then
		self.release = nil
		release()
	end
end

---The next part and the stream; nil and the stream at the end: `connected` then says whether the body was complete.
---Raises when the connection fails, which leaves `connected` as it is: call `close` then.
---@return string? part
---@return http.stream
function stream:padding()
	if not self.connected then
		return nil, self
	end
	local part = READ[self.mode](self)
	if part then
		return part, self
	end
	self.connected = part
	self:close()
	return nil, self
end

stream.__call = stream.padding
stream.__close = stream.close

local streams = {}

---@param format table the functions that read chunks and headers
---@param mode string how the end is found
---@param interface table
---@param status integer
---@param body string what was received already
---@param header table
---@param length? integer
---@return http.stream
function streams.new(format, mode, interface, status, body, header, length)
	return setmetatable({
		format = format,
		mode = mode,
		interface = interface,
		status = status,
		body = body,
		header = header,
		left = length,
		connected = true,
	}, stream)
end

return streams
