-- Runs first in every service of a node, those of the boot included: what it requires must not need any of them.
for _, name in ipairs { "sharetable", "sharedata", "sharemap", "datasheet", "datasheet.builder" } do
	require("skynet." .. name)
end
