using System.Text.Json;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.Requests;

namespace LifelongApi.Api.Tests.Hosting;

public sealed class NamedNumbersTests
{
    private static readonly NamedNumbers Some = new(["b", "a", "beyond"], [0.5f, -1f]);

    [Fact]
    public void They_are_a_dictionary_to_whoever_reads_them()
    {
        Assert.Equal(2, Some.Count);
        Assert.Equal(-1f, Some["a"]);
        Assert.True(Some.ContainsKey("b"));
        Assert.False(Some.TryGetValue("beyond", out _));
        Assert.Throws<KeyNotFoundException>(() => Some["c"]);
        Assert.Equal(["b", "a"], Some.Keys);
        Assert.Equal([0.5f, -1f], Some.Values);
    }

    [Fact]
    public void They_are_written_as_a_dictionary_is() =>
        Assert.Equal(
            JsonSerializer.Serialize<IReadOnlyDictionary<string, float>>(new Dictionary<string, float> { ["b"] = 0.5f, ["a"] = -1f }, AnswerJson.Options),
            JsonSerializer.Serialize<IReadOnlyDictionary<string, float>>(Some, AnswerJson.Options));
}
