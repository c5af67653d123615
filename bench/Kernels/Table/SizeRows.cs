using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning;
using LifelongApi.Learning.Recipes;
using LifelongApi.Learning.State;

namespace LifelongApi.Kernels.Table;

/// <summary>What size costs: weights that an event does not touch, opening a stored model, and an open model beside its arenas.</summary>
internal static class SizeRows
{
    private const int CompiledAfter = 150;
    private static readonly int[] Places = [.. Enumerable.Range(0, 1000)];

    /// <summary>Learns per second with the same 1,000 features in use of more and more: 16 weights belong to each.</summary>
    public static IEnumerable<Row> Untouched(TableSession session)
    {
        int[] sizes = session.IsQuick ? [1_000, 100_000, 1_000_000] : [1_000, 10_000, 100_000, 1_000_000, 6_250_000];
        var subjects = sizes.Select(Sparse).ToArray();
        foreach (var subject in subjects)
        {
            subject.WarmUp();
        }

        var rounds = session.Run([.. subjects.Select(subject => (Func<double>)(() => subject.LearnRate(session.Slice)))]);
        for (var i = 1; i < sizes.Length; i++)
        {
            yield return new Row
            {
                Name = $"cost of a learn beside {sizes[i] * 16L:N0} weights",
                OursPerS = rounds.Rate(i),
                Reference = $"ours beside {sizes[0] * 16:N0}",
                ReferencePerS = rounds.Rate(0),
                Ratio = rounds.Ratio(i, 0),
                Bar = 0.9,
            };
        }

        foreach (var subject in subjects)
        {
            subject.Dispose();
        }
    }

    /// <summary>From the stored bytes to the first answer, in a process that has just started, and again in the same process.</summary>
    public static IEnumerable<Row> Start(TableSession session)
    {
        var path = Path.Combine(session.Folder, "stored.model");
        StoredModel.Write(path);
        var times = Enumerable.Range(0, session.RoundCount).Select(_ => StoredModel.Measure(path)).ToArray();
        var size = new FileInfo(path).Length;
        yield return Row("first model of a process", times.Select(pair => pair.First));
        yield return Row("a model of a process that runs", times.Select(pair => pair.Again));

        Row Row(string which, IEnumerable<double> seconds)
        {
            var median = Rounds.Median(seconds);
            return new Row
            {
                Name = $"start-up of a stored model of {size / 1e6:F1} MB, {which}",
                Unit = "models opened and asked once",
                OursPerS = 1 / median,
                Reference = "50 ms",
                ReferencePerS = 20,
                Ratio = 0.05 / median,
                Bar = 1,
                Note = $"{1000 * median:F1} ms",
            };
        }
    }

    /// <summary>Bytes of an open model beyond its arenas: managed, and what the process grew by. All models stay open; the median of batches.</summary>
    public static IEnumerable<Row> Memory(TableSession session)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(Presets.Expand(new CreateModelRequest { Preset = "classifier" }), ContractJson.Options);
        var count = session.IsQuick ? 20 : 30;
        List<Model> models = [];
        List<double> managed = [];
        List<double> resident = [];

        // The first ones are not counted: until what opens them is compiled as it stays, the process grows by megabytes of its own.
        var before = Grow(CompiledAfter);
        for (var round = 0; round < session.RoundCount; round++)
        {
            var after = Grow(count);
            managed.Add((after.Managed - before.Managed) / (double)count);
            resident.Add((after.Resident - before.Resident) / (double)count);
            before = after;
        }

        var layout = models[0].Learner.Layout;
        var arenas = new[] { Region.Read, Region.Plastic, Region.Activity, Region.Scratch }.Sum(region => layout.LengthOf(region) * (long)sizeof(float));
        foreach (var model in models)
        {
            model.Dispose();
        }

        var beyond = Math.Max(Rounds.Median(managed), Rounds.Median(resident) - arenas);
        yield return new Row
        {
            Name = "memory of an open model (named default) beyond its arenas",
            Unit = "bytes, fewer is better",
            OursPerS = beyond,
            Reference = "64 kB",
            ReferencePerS = 65536,
            Ratio = 65536 / beyond,
            Bar = 1,
            Note = $"arenas {arenas:N0} bytes; managed {Rounds.Median(managed):N0}, resident beyond arenas {Rounds.Median(resident) - arenas:N0} a model",
        };

        (long Managed, long Resident) Grow(int more)
        {
            for (var i = 0; i < more; i++)
            {
                models.Add(Model.Create(JsonSerializer.Deserialize<ModelSpec>(json, ContractJson.Options)!));
            }

            return (GC.GetTotalMemory(forceFullCollection: true), Resident());
        }
    }

    private static long Resident()
    {
        // The collector's own room is not the model's: what it holds free goes back first.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static Subject Sparse(int size)
    {
        var random = new Random(1);
        var indices = new int[20];
        var values = Enumerable.Repeat(1f, 20).ToArray();
        var payloads = Subject.Payloads(2000, (_, builder) =>
        {
            for (var i = 0; i < 20; i++)
            {
                indices[i] = (int)((long)Places[random.Next(50) + (50 * i)] * size / Places.Length);
            }

            builder.Sparse(indices, values);
            builder.Label(Subject.Label(random.Next(2)));
        });
        var input = new InputSpec { Kind = InputKind.Sparse, Size = size, MaxActive = 32, Standardise = Standardisation.None };
        return new Subject(Specs.Linear(input, 16, null, null, new LearningRateSpec { Rate = 0.01f }), payloads);
    }
}
