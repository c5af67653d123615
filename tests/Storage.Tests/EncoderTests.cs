using System.Security.Cryptography;
using LifelongApi.Contracts.Journal;
using LifelongApi.Storage.Encoders;
using LifelongApi.Storage.Journal;

namespace LifelongApi.Storage.Tests;

public sealed class EncoderTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task An_encoder_comes_back_by_name_and_by_hash_with_its_bytes(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var encoders = store.Store.Encoders;
        var (saved, created) = await encoders.SaveAsync(Encoder("net", [1, 2, 3]), StoreFixture.Cancellation);
        await encoders.SaveAsync(Encoder("Another", [4]), StoreFixture.Cancellation);

        Assert.True(created);
        Assert.Equal(("net", "runtime 1", 7, "{}", 3L, 42L), (saved.Name, saved.Runtime, saved.OutputLength, saved.Description, saved.ByteCount, saved.CreatedAt));
        var byHash = (await encoders.FindAsync(SHA256.HashData([1, 2, 3]), StoreFixture.Cancellation))!;
        Assert.Equal(("net", 3L), (byHash.Name, byHash.ByteCount));
        Assert.Equal("net", (await encoders.FindAsync("net", StoreFixture.Cancellation))!.Name);
        Assert.Equal([1, 2, 3], (await encoders.ReadAsync(saved.Hash, StoreFixture.Cancellation))!);
        Assert.Null(await encoders.FindAsync("nobody", StoreFixture.Cancellation));
        Assert.Null(await encoders.ReadAsync(new byte[32], StoreFixture.Cancellation));
        Assert.Equal(["Another", "net"], (await encoders.ListAsync(StoreFixture.Cancellation)).Select(encoder => encoder.Name));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_name_and_a_file_are_there_once_whoever_uploads_at_the_same_time(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await using var other = store.OpenAnother();

        var results = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => (i % 2 == 0 ? store.Store : other).Encoders
            .SaveAsync(Encoder(i < 6 ? "net" : $"net-{i}", i < 6 ? [(byte)i] : [9]), StoreFixture.Cancellation)));

        Assert.Equal(2, results.Count(result => result.Created));
        Assert.Single(results[..6].Select(result => Convert.ToHexString(result.Encoder.Hash.Span)).Distinct());
        Assert.Single(results[6..].Select(result => result.Encoder.Name).Distinct());
        Assert.Equal(2, (await store.Store.Encoders.ListAsync(StoreFixture.Cancellation)).Count);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task What_a_model_names_stays_and_the_rest_may_go(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var encoders = store.Store.Encoders;
        await encoders.SaveAsync(Encoder("net", [1]), StoreFixture.Cancellation);
        var model = (await store.Store.Models.CreateLeaderAsync(StoreFixture.NewModel("behind") with { SpecJson = """{"hash":"sha256:abc_%"}""" }, StoreFixture.Cancellation))!;

        Assert.Equal(EncoderDeletion.InUse, await encoders.DeleteAsync("net", "sha256:abc_%", StoreFixture.Cancellation));
        Assert.Equal(EncoderDeletion.NotFound, await encoders.DeleteAsync("nobody", "sha256:abd", StoreFixture.Cancellation));
        await store.Store.Models.DeleteAsync(model.Id, StoreFixture.Cancellation);
        Assert.Equal(EncoderDeletion.Deleted, await encoders.DeleteAsync("net", "sha256:abc_%", StoreFixture.Cancellation));
        Assert.Null(await encoders.FindAsync("net", StoreFixture.Cancellation));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_same_event_is_told_by_what_was_said_and_not_by_what_an_encoder_made_of_it(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var first = StoreFixture.Event(1, "picture", "output of one machine") with { Said = "the picture"u8.ToArray() };
        var again = StoreFixture.Event(2, "picture", "output of another") with { Said = "the picture"u8.ToArray() };
        var different = StoreFixture.Event(2, "picture", "output of one machine") with { Said = "another picture"u8.ToArray() };
        await store.AppendAsync(first);

        Assert.True(Assert.Single((await store.AppendAsync(again)).Duplicates).SamePayload);
        Assert.False(Assert.Single((await store.AppendAsync(different)).Duplicates).SamePayload);
        Assert.Equal("output of one machine"u8.ToArray(), Assert.Single(await store.ReadAsync()).Payload.ToArray());
    }

    private static NewEncoder Encoder(string name, byte[] bytes) => new(name, SHA256.HashData(bytes), "runtime 1", 7, "{}", bytes, 42);
}
