# A bad cable between a host and the lab's switch: hands frames on late, and loses some. Many kernels come without netem,
# which would do the same. Ends with its standard input. Perl's base modules only.
use strict;
use warnings;
use Fcntl;
use Socket;
use Time::HiRes qw(time);

# The host's end, which has been taken off the switch; the name of the end at the switch; milliseconds and per cent, for
# each direction.
my ($port, $switch_end, $delay, $loss) = @ARGV;

# Both ends hand over frames with a header that says what the network card was to do with them, such as the check sum.
sysopen(my $switch, "/dev/net/tun", O_RDWR | O_NONBLOCK) or die "/dev/net/tun: $!\n";
# TUNSETIFF: an Ethernet device, no packet information, with the header.
ioctl($switch, 0x400454ca, pack("a16 s x22", $switch_end, 0x0002 | 0x1000 | 0x4000)) or die "$switch_end: $!\n";

my ($af_packet, $all_protocols) = (17, 3);
socket(my $host, $af_packet, SOCK_RAW, 0) or die "packet socket: $!\n";
# SOL_PACKET, PACKET_VNET_HDR
setsockopt($host, 263, 15, pack("i", 1)) or die "packet socket: $!\n";
my $interface = pack("a16 x24", $port);
ioctl($host, 0x8933, $interface) or die "$port: $!\n";
my $index = unpack("x16 i", $interface);
bind($host, pack("S n i S C C a8", $af_packet, $all_protocols, $index, 0, 0, 0, "")) or die "$port: $!\n";
fcntl($host, F_SETFL, O_RDWR | O_NONBLOCK) or die "$port: $!\n";

$| = 1;
print "plugged\n";

# What is on its way, in the order in which it arrives.
my @under_way;
while (1) {
    my $ready = "";
    vec($ready, fileno($_), 1) = 1 for \*STDIN, $switch, $host;
    my $wait = @under_way ? $under_way[0][0] - time : undef;
    select($ready, undef, undef, defined $wait && $wait < 0 ? 0 : $wait);
    last if vec($ready, fileno(STDIN), 1) && !sysread(STDIN, my $nothing, 1);
    for my $way ([$switch, $host], [$host, $switch]) {
        my ($from, $to) = @$way;
        while (sysread($from, my $frame, 1 << 17)) {
            push @under_way, [time + $delay / 1000, $to, $frame] if rand(100) >= $loss;
        }
    }
    while (@under_way && $under_way[0][0] <= time) {
        my (undef, $to, $frame) = @{shift @under_way};
        # A frame that an end does not take is lost, as on any cable.
        syswrite($to, $frame);
    }
}
