using System.Security.Cryptography;
using System.Text;
using LifelongApi.Storage.Journal;

namespace LifelongApi.Storage.Tests;

public sealed class EventIdKeyTests
{
    private const string Uuid = "0199f3a0-1c2b-7d3e-8f40-abcdef012345";

    [Fact]
    public void Ids_with_a_time_in_front_are_in_the_order_of_their_times()
    {
        var start = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);

        AssertOrdered(Enumerable.Range(0, 300).Select(step => Guid.CreateVersion7(start.AddMilliseconds(step * 7)).ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("file:")]
    [InlineData("größe/")]
    public void Row_numbers_are_in_the_order_of_their_values(string source) =>
        AssertOrdered(new[] { 0, 1, 9, 10, 11, 99, 100, 101, 255, 256, 65_535, 65_536, 999_999, 999_999_999_999_999_999 }.Select(row => source + row));

    [Fact]
    public void Numbers_of_one_width_are_in_order_as_they_are_written() =>
        AssertOrdered(Enumerable.Range(0, 2_000).Select(row => $"row-{row:D5}"));

    [Fact]
    public void No_two_ids_have_one_key()
    {
        string[] ids =
        [
            "0", "00", "1", "01", "001", "a", "a0", "a00", "a1", "a01", "a10", "a1a", "1a1", "-1", "+1", " 1", "1 ", "١", "a\u0001", "file:1", "file:01", "File:1",
            "999999999999999999", "9999999999999999999", "99999999999999999999",
            Uuid, Uuid.ToUpperInvariant(), Uuid.Replace("-", "", StringComparison.Ordinal), $"{{{Uuid}}}", $" {Uuid}", Uuid[..35], Uuid + "1",
            "0x99f3a0-1c2b-7d3e-8f40-abcdef012345", "+199f3a0-1c2b-7d3e-8f40-abcdef012345", "00000000-0000-0000-0000-000000000000",
            .. new[] { 63, 64, 65, 127 }.SelectMany(length => new[] { new string('x', length), new string('x', length) + "1", new string('x', length) + "01", new string('y', length) }),
            new('é', 32), new('é', 33),
        ];

        foreach (var scheme in Enum.GetValues<EventIdScheme>())
        {
            Assert.Equal(ids.Length, ids.Select(id => EventIdKey.Of(id, scheme)).ToHashSet(KeyComparer.Instance).Count);
        }
    }

    [Theory]
    [InlineData("file:256", "02" + "66696C653A" + "0000000000000100")]
    [InlineData("r-007", "03" + "722D303037")]
    [InlineData(Uuid, "010199F3A01C2B7D3E8F40ABCDEF012345")]
    public void Keys_stay_what_they_are(string id, string key) => Assert.Equal(key, Convert.ToHexString(EventIdKey.Of(id, EventIdScheme.Ordered)));

    [Fact]
    public void What_is_hashed_is_the_beginning_of_its_SHA_256()
    {
        var longest = new string('x', 128);
        Assert.Equal([0, .. SHA256.HashData(Encoding.UTF8.GetBytes(longest))[..16]], EventIdKey.Of(longest, EventIdScheme.Ordered));
        Assert.Equal(SHA256.HashData("file:1"u8)[..16], EventIdKey.Of("file:1", EventIdScheme.Hash));
    }

    [Fact]
    public void No_key_is_longer_than_a_bundle_takes()
    {
        var ids = Enumerable.Range(0, 129).SelectMany(length => new[] { new string('x', length), new string('x', length) + long.MaxValue.ToString(System.Globalization.CultureInfo.InvariantCulture)[..18] });

        Assert.Equal(73, ids.Max(id => EventIdKey.Of(id, EventIdScheme.Ordered).Length));
    }

    private static void AssertOrdered(IEnumerable<string> ids)
    {
        var keys = ids.Select(id => EventIdKey.Of(id, EventIdScheme.Ordered)).ToList();
        for (var i = 1; i < keys.Count; i++)
        {
            Assert.True(keys[i - 1].AsSpan().SequenceCompareTo(keys[i]) < 0, $"{Convert.ToHexString(keys[i - 1])} is not before {Convert.ToHexString(keys[i])}");
        }
    }
}
