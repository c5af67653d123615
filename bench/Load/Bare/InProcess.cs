using System.Diagnostics;
using System.Globalization;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Recipes;

namespace LifelongApi.Bare;

/// <summary>A model that learns in this process from payloads that are there already: what the service cannot be faster than.</summary>
internal static class InProcess
{
    /// <summary>Learns for a while.</summary>
    /// <param name="request">The model; vector input, labels.</param>
    /// <param name="seconds">How long.</param>
    /// <returns>Events per second.</returns>
    public static double LearnRate(CreateModelRequest request, double seconds)
    {
        var spec = Presets.Expand(request);
        using var model = Model.Create(spec);
        var payloads = Payloads(spec.Input.Size!.Value);
        var outcome = new Outcome();
        var (count, watch) = (0L, Stopwatch.StartNew());
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            for (var i = 0; i < 16; i++)
            {
                model.Apply(new EventInput { Kind = EventKind.Learned, Sequence = ++count, Payload = payloads[count % payloads.Length] }, outcome);
            }
        }

        return count / watch.Elapsed.TotalSeconds;
    }

    private static byte[][] Payloads(int size)
    {
        var random = new Random(1);
        var builder = new PayloadBuilder();
        return [.. Enumerable.Range(0, 256).Select(_ =>
        {
            var numbers = new float[size];
            for (var i = 0; i < size; i++)
            {
                numbers[i] = random.NextSingle();
            }

            builder.Clear();
            builder.Dense(numbers);
            builder.Label(System.Text.Encoding.UTF8.GetBytes(random.Next(10).ToString(CultureInfo.InvariantCulture)));
            return builder.Written.ToArray();
        })];
    }
}
