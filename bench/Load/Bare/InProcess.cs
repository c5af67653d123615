using System.Diagnostics;
using System.Text.Json;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Learning.Recipes;

namespace LifelongApi.Bare;

/// <summary>A model that learns in this process from events that are there already: what the service cannot be faster than.</summary>
internal static class InProcess
{
    /// <summary>Seconds before it is measured, so that what is hot is compiled as it stays.</summary>
    private const double WarmUp = 0.5;

    /// <summary>Learns for a while.</summary>
    /// <param name="body">Lines of JSON: the model as it is created, then its events as they are learned.</param>
    /// <param name="seconds">How long.</param>
    public static InProcessResult Learn(ReadOnlySpan<byte> body, double seconds)
    {
        var end = body.IndexOf((byte)'\n');
        var spec = Presets.Expand(JsonSerializer.Deserialize<CreateModelRequest>(body[..end], ContractJson.Options)!);
        var names = new FeatureDictionary([]);
        var payloads = Read(body[(end + 1)..], InputShape.Of(spec), names);
        using var model = Model.Create(spec);
        var learned = 0L;
        LearnFor(model, payloads, names, WarmUp, ref learned);
        var times = LearnFor(model, payloads, names, seconds, ref learned);
        var sum = times.Sum();
        times.Sort();
        return new InProcessResult(times.Count / sum, times[times.Count / 2], times[(int)(times.Count * 99L / 100)], model.StateByteCount);
    }

    private static List<ReadOnlyMemory<byte>> Read(ReadOnlySpan<byte> lines, in InputShape shape, FeatureDictionary names)
    {
        using var reader = Readers.Take();
        var payloads = new List<ReadOnlyMemory<byte>>();
        foreach (var line in lines.Split((byte)'\n'))
        {
            payloads.Add(reader.Events.ReadRow(lines[line], shape, names, null).Payload);
        }

        return payloads;
    }

    /// <summary>Seconds of each event.</summary>
    private static List<double> LearnFor(Model model, List<ReadOnlyMemory<byte>> payloads, FeatureDictionary names, double seconds, ref long learned)
    {
        var outcome = new Outcome();
        var times = new List<double>();
        var (start, last) = (Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(start, last).TotalSeconds < seconds)
        {
            learned++;
            model.Apply(new EventInput { Kind = EventKind.Learned, Sequence = learned, Payload = payloads[(int)(learned % payloads.Count)].Span, NameHashes = names.Hashes }, outcome);
            var now = Stopwatch.GetTimestamp();
            times.Add(Stopwatch.GetElapsedTime(last, now).TotalSeconds);
            last = now;
        }

        return times;
    }
}
