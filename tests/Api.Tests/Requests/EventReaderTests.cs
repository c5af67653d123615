using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.Requests;
using LifelongApi.Api.Tests.Fakes;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Features;

namespace LifelongApi.Api.Tests.Requests;

public sealed class EventReaderTests
{
    private static readonly InputShape Vector = new(InputKind.Vector, 4, 0, TargetKind.Label, 0);
    private readonly FakeNames _names = new();
    private readonly EventReader _events = new();

    private LearnInput Read(string json, InputShape? shape = null) => _events.ReadRow(Encoding.UTF8.GetBytes(json), shape ?? Vector, _names, "me");

    [Theory]
    [InlineData("""{"features":[1.5,-2,3e1,0.25],"label":"a"}""")]
    [InlineData("""{"label":"a","features":[1.5,-2,3e1,0.25]}""")]
    [InlineData("""{ "label" : "a" , "features" : "AADAPwAAAMAAAPBBAACAPg==" }""")]
    public void An_array_and_base64_in_any_order_make_the_same_payload(string json)
    {
        var payload = PayloadReader.Read(Read(json).Payload.Span);

        Assert.Equal(FeatureTag.DenseFloats, payload.Features);
        Assert.Equal([1.5f, -2f, 30f, 0.25f], MemoryMarshal.Cast<byte, float>(payload.FeatureBytes).ToArray());
        Assert.Equal("a"u8, payload.Label);
    }

    [Theory]
    [InlineData("""{"features":[1,2,3,4],"label":}""", "line 1, byte 31")]
    [InlineData("""{"features":[1,2,3,4],"label":"a"}}""", "line 1, byte 35")]
    [InlineData("{\"features\":[1,\n2,3,4],\n \"label\" \"a\"}", "line 3, byte 10")]
    [InlineData("""{"features":[1,2,3,04],"label":"a"}""", "line 1, byte 21")]
    public void A_mistake_behind_an_array_is_where_it_is(string json, string place)
    {
        var refused = Assert.Throws<ProblemException>(() => Read(json));

        Assert.Contains(place, refused.Errors!["row"][0], StringComparison.Ordinal);
    }

    [Fact]
    public void What_follows_an_array_is_read()
    {
        var input = Read("""{"eventId":"e","features":[1,2,3,4],"weight":2,"task":"t","label":"a"}""");

        Assert.Equal(("e", "t", "a", 2f), (input.EventId, input.Task, input.Label, input.Weight));
    }

    [Fact]
    public void Pixels_are_kept_as_bytes()
    {
        var payload = PayloadReader.Read(Read("""{"features":[0,255,7.0,1e1]}""", new InputShape(InputKind.Image, 4, 0, TargetKind.Label, 0)).Payload.Span);

        Assert.Equal(FeatureTag.DenseBytes, payload.Features);
        Assert.Equal([0, 255, 7, 10], payload.FeatureBytes.ToArray());
        Assert.Null(payload.Target);
    }

    [Fact]
    public void Sparse_features_come_back_as_given()
    {
        var payload = PayloadReader.Read(Read("""{"features":{"99":1.5,"0":-2}}""", new InputShape(InputKind.Sparse, 100, 5, TargetKind.Label, 0)).Payload.Span);

        var cursor = new PayloadCursor(payload.FeatureBytes);
        Assert.Equal((FeatureTag.Sparse, 2), (payload.Features, payload.FeatureCount));
        Assert.Equal((99, 1.5f), (cursor.Count(), cursor.ReadSingle()));
        Assert.Equal((0, -2f), (cursor.Count(), cursor.ReadSingle()));
    }

    [Fact]
    public void Named_features_come_back_as_given_and_null_is_left_out()
    {
        var input = Read("""{"features":{"amount":0.1,"gone":null,"country":"D\u00e9","yes":true,"no":false}}""", new InputShape(InputKind.Named, 0, 10, TargetKind.Label, 0));
        var payload = PayloadReader.Read(input.Payload.Span);

        Assert.Equal((FeatureTag.Named, 4), (payload.Features, payload.FeatureCount));
        var cursor = new PayloadCursor(payload.FeatureBytes);
        Assert.Equal(("amount", NamedTag.Number, 0.1), (_names.Name(cursor.Count()), (NamedTag)cursor.Byte(), cursor.ReadDouble()));
        Assert.Equal(("country", NamedTag.Text), (_names.Name(cursor.Count()), (NamedTag)cursor.Byte()));
        Assert.Equal("Dé"u8, cursor.Bytes(cursor.Count()));
        Assert.Equal(("yes", NamedTag.True), (_names.Name(cursor.Count()), (NamedTag)cursor.Byte()));
        Assert.Equal(("no", NamedTag.False), (_names.Name(cursor.Count()), (NamedTag)cursor.Byte()));
        Assert.True(cursor.IsAtEnd);
        Assert.Equal(4, _names.Count);
    }

    [Fact]
    public void Everything_beside_the_features_arrives()
    {
        var input = Read("""{"features":[1,2,3,4],"label":"a","reward":-0.5,"weight":2.5,"eventId":"e","task":"t","entity":"x","subject":"s","occurredAt":"2026-03-01T12:00:00.000001+02:00"}""");

        Assert.Equal(("a", 2.5f, "e", "t", "x", "s", "me"), (input.Label, input.Weight, input.EventId, input.Task, input.Entity, input.Subject, input.Actor));
        Assert.Equal(DateTimeOffset.Parse("2026-03-01T10:00:00Z", System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds() * 1000 + 1, input.OccurredAt);
        Assert.Equal(-0.5, PayloadReader.Read(input.Payload.Span).Reward);
        Assert.True(input.HasTarget);
    }

    [Theory]
    [InlineData("7", "7")]
    [InlineData("1.50", "1.50")]
    [InlineData("true", "true")]
    [InlineData("\"7\"", "7")]
    public void A_label_is_text_number_or_boolean(string json, string expected) =>
        Assert.Equal(expected, Read($$"""{"features":[1,2,3,4],"label":{{json}}}""").Label);

    [Theory]
    [InlineData("3", 1, 3)]
    [InlineData("[3]", 1, 3)]
    [InlineData("[0.1,3]", 2, 0.1)]
    public void A_target_is_a_number_or_an_array(string json, int size, double first)
    {
        var payload = PayloadReader.Read(Read($$"""{"target":{{json}},"features":[1,2,3,4]}""", new InputShape(InputKind.Vector, 4, 0, TargetKind.Value, size)).Payload.Span);

        Assert.Equal((size, first), (payload.TargetCount, payload.TargetValue(0)));
    }

    [Fact]
    public void Nothing_of_one_event_stays_for_the_next()
    {
        Read("""{"features":[1,2,3,4],"label":"a","eventId":"e","task":"t","reward":1,"weight":3,"occurredAt":"2026-03-01"}""");
        var input = Read("""{"features":[1,2,3,4],"label":null,"weight":null}""");

        Assert.Equal((null, null, null, null, 1f, false), (input.Label, input.EventId, input.Task, input.OccurredAt, input.Weight, input.HasTarget));
        Assert.Null(PayloadReader.Read(input.Payload.Span).Reward);
    }

    [Fact]
    public void Many_sparse_features_are_told_apart()
    {
        var shape = new InputShape(InputKind.Sparse, 1 << 24, 65536, TargetKind.Label, 0);
        var features = string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"{i * 3331}\":1"));

        Assert.Equal(5000, PayloadReader.Read(Read($"{{\"features\":{{{features}}}}}", shape).Payload.Span).FeatureCount);
        Assert.Equal("features.3331", Assert.Single(Assert.Throws<ProblemException>(() => Read($"{{\"features\":{{{features},\"3331\":1}}}}", shape)).Errors!).Key);
    }

    [Fact]
    public void Text_that_is_not_utf8_is_refused()
    {
        byte[] bytes = [.. "{\"features\":[1,2,3,4],\"label\":\""u8, 0xC3, 0x28, .. "\"}"u8];

        Assert.Throws<ProblemException>(() => _events.ReadRow(bytes, Vector, _names, null));
    }

    [Fact]
    public void A_time_without_an_offset_is_utc()
    {
        Assert.True(EventFields.TryReadTime("1970-01-02", out var day));
        Assert.True(EventFields.TryReadTime("1970-01-02T00:00:00", out var midnight));
        Assert.Equal((86_400_000_000L, 86_400_000_000L), (day, midnight));
        Assert.False(EventFields.TryReadTime("01/02/1970", out _));
    }

    [Fact]
    public void Base64_holds_little_endian_numbers()
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4), -0.5f);
        var payload = PayloadReader.Read(Read($$"""{"features":"{{Convert.ToBase64String(bytes)}}"}""").Payload.Span);

        Assert.Equal(bytes, payload.FeatureBytes.ToArray());
    }
}
