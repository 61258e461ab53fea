-- A response body that comes piece by piece: `for part in stream do`.

---@class http.stream
---@field status integer
---@field header table
---@field connected boolean|nil true; nil when all has been read; false when the transfer broke
local stream = {}
stream.__index = stream

-- Each reader returns the next part, or nil at the end. It may raise, which breaks the stream.
local READ = {}

function READ.none()
	return nil
end

function READ.chunked(self)
	if self.last then
		return nil
	end
	local read = self.interface.read
	local chunk
	chunk, self.body = self.format.read_chunk(read, self.body)
	assert(chunk, "Invalid response body")
	if chunk == "" then
		self.last = true
		local trailer = {}
		assert(self.format.recvheader(read, trailer, self.body), "Invalid response body")
		assert(self.format.parseheader(trailer, 1, self.header), "Invalid response body")
	end
	return chunk
end

local function received(self)
	local part = self.body
	self.body = ""
	if part == "" then
		part = self.interface.read()
	end
	return part
end

function READ.length(self)
	if self.left <= 0 then
		return nil
	end
	local part = received(self):sub(1, self.left)
	self.left = self.left - #part
	return part
end

function READ.close(self)
	local ok, part = pcall(received, self)
	-- Here the end of the connection is the end of the body.
	return ok and part or nil
end

---Closes the connection under the stream.
function stream:close()
	local release = self.release
	if release then
		self.release = nil
		release()
	end
end

---The next part, or nothing at the end of the body; `connected` then says whether it was complete.
---@return string?
function stream:padding()
	if not self.connected then
		return nil
	end
	local ok, part = pcall(READ[self.mode], self)
	if ok and part then
		return part
	end
	if ok then
		self.connected = nil
	else
		self.connected = false
	end
	self:close()
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
