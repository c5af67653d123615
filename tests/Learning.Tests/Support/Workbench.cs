using System.Reflection;
using System.Runtime.InteropServices;
using LifelongApi.Learning.Entities;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Tests.Support;

/// <summary>A layout with arenas for parts that are tested alone, outside any program.</summary>
/// <param name="seed">Seed of every step.</param>
internal sealed class Workbench(ulong seed = 1) : IDisposable
{
    private static readonly LearningStep StartLearning = Factory<LearningStep>("Learning");
    private static readonly PredictingStep StartPredicting = Factory<PredictingStep>("Predicting");
    private Arena[] _arenas = [];
    private Layout? _layout;

    private delegate StepContext LearningStep(Arena read, Arena plastic, Arena activity, Arena scratch, ulong seed, long sequence, float weight, Moment moment, EntityArchive? archive);

    private delegate StepContext PredictingStep(Arena read, Arena activity, Arena scratch, ulong seed, Moment moment, EntityArchive? archive);

    public LayoutBuilder Layout { get; } = new();

    /// <summary>Allocates what was reserved so far.</summary>
    public void Build()
    {
        var layout = _layout = Layout.Build();
        _arenas = [.. Enum.GetValues<Region>().Select(region => new Arena(layout.LengthOf(region)))];
    }

    /// <summary>A slot's whole numbers, to be spoiled.</summary>
    public Span<int> Integers(string name)
    {
        var slot = _layout!.Slots.Single(one => one.Name == name).Slot;
        return MemoryMarshal.Cast<float, int>(_arenas[(int)slot.Region].Floats.Slice(slot.Offset, slot.Length));
    }

    public StepContext Learn(float weight = 1f, long sequence = 1, Moment moment = default, EntityArchive? archive = null) =>
        StartLearning(_arenas[0], _arenas[1], _arenas[2], _arenas[3], seed, sequence, weight, moment, archive);

    public StepContext Predict(Moment moment = default, EntityArchive? archive = null) => StartPredicting(_arenas[0], _arenas[2], _arenas[3], seed, moment, archive);

    /// <summary>All bytes of the learned arenas.</summary>
    public byte[] Learned() => [.. _arenas[0].Bytes, .. _arenas[1].Bytes];

    public void Dispose()
    {
        foreach (var arena in _arenas)
        {
            arena.Dispose();
        }
    }

    private static T Factory<T>(string name)
        where T : Delegate =>
        typeof(StepContext).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic)!.CreateDelegate<T>();
}
