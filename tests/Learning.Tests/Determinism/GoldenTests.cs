using System.Runtime.CompilerServices;
using System.Text.Json;
using LifelongApi.Learning.Tests.Conformance;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Determinism;

/// <summary>
/// Hashes of whole trajectories, stored with the tests. They are the same on every instruction set; one that changes means that the arithmetic changed,
/// which needs a new <see cref="Engine.Version"/> (docs/determinism.md). LIFELONG_WRITE_GOLDEN=1 writes the file anew.
/// </summary>
[Trait("Category", "Determinism")]
public sealed class GoldenTests
{
    private const string FileName = "trajectories.json";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static TheoryData<string> Cases => [.. ConformanceCases.ByName.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_trajectory_of_every_case_is_the_stored_one(string name)
    {
        var hash = Trajectory(name);
        if (Environment.GetEnvironmentVariable("LIFELONG_WRITE_GOLDEN") == "1")
        {
            Write(name, hash);
        }

        var golden = Read(Path.Combine(AppContext.BaseDirectory, "Golden", FileName));
        Assert.True(golden.TryGetValue(name, out var expected), $"There is no golden hash for '{name}': run once with LIFELONG_WRITE_GOLDEN=1.");
        Assert.Equal($"{Engine.Version} {expected}", $"{Engine.Version} {hash}");
    }

    [Fact]
    public void No_golden_hash_is_left_over_from_a_case_that_is_gone() =>
        Assert.Empty(Read(Path.Combine(AppContext.BaseDirectory, "Golden", FileName)).Keys.Except(ConformanceCases.ByName.Keys));

    /// <summary>State hash after the last event, over which the answers of every event are folded too.</summary>
    private static string Trajectory(string name)
    {
        var spec = ConformanceCases.ByName[name];
        using var trial = new Trial(spec);
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        for (var n = 0; n < (name.EndsWith("large", StringComparison.Ordinal) ? 8 : 64); n++)
        {
            trial.Apply(TestStream.At(spec, 23, n, classes: 20));
            var scores = trial.Outcome.Prediction.Scores.AsSpan(0, trial.Outcome.Prediction.Count);
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(scores));
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(trial.Outcome.Modulators));
        }

        hash.AppendData(trial.Model.Capture().StateHash());
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static SortedDictionary<string, string> Read(string path) =>
        JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllText(path))!;

    /// <summary>Keeps source and output file in step, dropping cases that are gone.</summary>
    private static void Write(string name, string hash, [CallerFilePath] string here = "")
    {
        string[] paths = [Path.Combine(Path.GetDirectoryName(here)!, "..", "Golden", FileName), Path.Combine(AppContext.BaseDirectory, "Golden", FileName)];
        foreach (var path in paths)
        {
            var golden = Read(path);
            golden[name] = hash;
            foreach (var gone in golden.Keys.Except(ConformanceCases.ByName.Keys).ToArray())
            {
                golden.Remove(gone);
            }

            File.WriteAllText(path, JsonSerializer.Serialize(golden, Indented) + "\n");
        }
    }
}
