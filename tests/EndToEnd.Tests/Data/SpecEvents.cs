using System.Globalization;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;

namespace LifelongApi.EndToEnd.Tests.Data;

/// <summary>
/// Seeded events that fit a spec's input and target: noisy prototypes with their class, or numbers with a linear function of them. Five sixths
/// are of a first task, so that 120 are enough for what consolidates after 100; the rest are of a second with other classes.
/// </summary>
internal static class SpecEvents
{
    private const int ClassesPerTask = 3;
    private const int LargestSparse = 48;

    /// <summary>The events in order; the same spec and count give the same events.</summary>
    public static IReadOnlyList<LearnEvent> Draw(ModelSpec spec, int count)
    {
        if (spec.Input.Kind == InputKind.Named)
        {
            return [.. ElectricityStream.Rows(count).Select((row, i) => row.Event(Id(i), Task(i, count))).Select(row => spec.Target.Kind == TargetKind.Anomaly ? row with { Label = null } : row)];
        }

        var random = new Random(11);
        var size = Size(spec.Input);
        var prototypes = Enumerable.Range(0, 2 * ClassesPerTask).Select(_ => Numbers(random, size)).ToList();
        return [.. Enumerable.Range(0, count).Select(i => Event(spec, prototypes, random, i, count) with { Entity = spec.Entities is null ? null : string.Create(CultureInfo.InvariantCulture, $"entity {i % 110}") })];
    }

    private static LearnEvent Event(ModelSpec spec, List<float[]> prototypes, Random random, int index, int count)
    {
        var target = spec.Target;
        var label = (IsFirst(index, count) ? 0 : ClassesPerTask) + random.Next(ClassesPerTask);

        // Sparse, in 0 … 1 and with sharp edges, as pixels are.
        var features = prototypes[label].Select(value => Math.Clamp(value + (0.2f * (random.NextSingle() - 0.5f)), 0f, 1f)).ToArray();
        var learnEvent = new LearnEvent { EventId = Id(index), Task = Task(index, count), Features = spec.Input.Kind == InputKind.Sparse ? Lit(features, spec.Input.MaxActive ?? features.Length) : FeatureSet.Binary(features) };
        return target.Kind == TargetKind.Anomaly ? learnEvent
            : target.Kind == TargetKind.Label
            ? learnEvent with { Label = string.Create(CultureInfo.InvariantCulture, $"class {label}") }
            : learnEvent with { Target = [.. Enumerable.Range(0, target.Size ?? 1).Select(i => (double)features[i] - (2d * features[^(i + 1)]))] };
    }

    private static FeatureSet Lit(float[] features, int most) =>
        FeatureSet.Sparse(features.Select((value, index) => (Index: index, Value: value)).Where(pair => pair.Value > 0f).Take(most).ToDictionary(pair => pair.Index, pair => pair.Value));

    private static int Size(InputSpec input) => input.Kind switch
    {
        InputKind.Vector => input.Size!.Value,
        InputKind.Sparse => Math.Min(input.Size!.Value, LargestSparse),
        InputKind.Image => input.Height!.Value * input.Width!.Value * (input.Channels ?? 1),
        _ => throw new ArgumentException($"There are no events for {input.Kind} input yet."),
    };

    private static float[] Numbers(Random random, int size) =>
        [.. Enumerable.Range(0, size).Select(_ => random.Next(3) == 0 ? random.NextSingle() : 0f)];

    private static string Id(int index) => string.Create(CultureInfo.InvariantCulture, $"row-{index}");

    private static string Task(int index, int count) => IsFirst(index, count) ? "first" : "second";

    private static bool IsFirst(int index, int count) => index < count * 5 / 6;
}
