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
    private Arena[] _learned = [];
    private PredictWorkspace? _working;
    private Layout? _layout;

    private delegate StepContext LearningStep(Arena read, Arena plastic, PredictWorkspace? working, ulong seed, long sequence, float weight, Moment moment, EntityArchive? archive);

    private delegate StepContext PredictingStep(Arena read, PredictWorkspace working, ulong seed, Moment moment, EntityArchive? archive);

    public LayoutBuilder Layout { get; } = new();

    /// <summary>Allocates what was reserved so far.</summary>
    public void Build()
    {
        var layout = _layout = Layout.Build();
        _learned = [new Arena(layout.LengthOf(Region.Read)), new Arena(layout.LengthOf(Region.Plastic))];
        _working = (PredictWorkspace)Activator.CreateInstance(typeof(PredictWorkspace), BindingFlags.Instance | BindingFlags.NonPublic, binder: null, [layout], culture: null)!;
    }

    /// <summary>Whole numbers of a slot of learned state, to be spoiled.</summary>
    public Span<int> Integers(string name)
    {
        var slot = _layout!.Slots.Single(one => one.Name == name).Slot;
        return MemoryMarshal.Cast<float, int>(_learned[(int)slot.Region].Floats.Slice(slot.Offset, slot.Length));
    }

    public StepContext Learn(float weight = 1f, long sequence = 1, Moment moment = default, EntityArchive? archive = null) =>
        StartLearning(_learned[0], _learned[1], _working, seed, sequence, weight, moment, archive);

    public StepContext Predict(Moment moment = default, EntityArchive? archive = null) => StartPredicting(_learned[0], _working!, seed, moment, archive);

    /// <summary>All bytes of the learned arenas.</summary>
    public byte[] Learned() => [.. _learned[0].Bytes, .. _learned[1].Bytes];

    public void Dispose()
    {
        Array.ForEach(_learned, arena => arena.Dispose());
        _working?.Dispose();
    }

    private static T Factory<T>(string name)
        where T : Delegate =>
        typeof(StepContext).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic)!.CreateDelegate<T>();
}
