using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LifelongApi.Learning.Entities;

namespace LifelongApi.Learning.State;

/// <summary>
/// One step over one model's memory. A predict gets no Plastic arena and may not write Read: a part that tries is a programmer's error and throws.
/// </summary>
public readonly unsafe ref struct StepContext
{
    private const int RegionCount = 4;
    private readonly Arenas _arenas;

    private StepContext(float* read, float* plastic, float* activity, float* scratch, ulong seed, long sequence, float weight, bool learning, Moment moment, EntityArchive? archive)
    {
        _arenas[(int)Region.Read] = (nint)read;
        _arenas[(int)Region.Plastic] = (nint)plastic;
        _arenas[(int)Region.Activity] = (nint)activity;
        _arenas[(int)Region.Scratch] = (nint)scratch;
        Seed = seed;
        Sequence = sequence;
        Weight = weight;
        IsLearning = learning;
        Moment = moment;
        Archive = archive;
    }

    /// <summary>Seed of the model.</summary>
    public ulong Seed { get; }

    /// <summary>Sequence of the event; 0 in a predict.</summary>
    public long Sequence { get; }

    /// <summary>Importance weight of the event.</summary>
    public float Weight { get; }

    /// <summary>Whether learned state may be written.</summary>
    public bool IsLearning { get; }

    /// <summary>Whom the event is about and when it happened.</summary>
    public Moment Moment { get; }

    /// <summary>What entities without a row left behind; null where the model keeps nothing of them.</summary>
    internal EntityArchive? Archive { get; }

    /// <summary>A learning step; without working memory, a look at learned state.</summary>
    internal static StepContext Learning(Arena read, Arena plastic, PredictWorkspace? working, ulong seed, long sequence, float weight, Moment moment = default, EntityArchive? archive = null) =>
        working is null
            ? new(read.Pointer, plastic.Pointer, null, null, seed, sequence, weight, learning: true, moment, archive)
            : new(read.Pointer, plastic.Pointer, working.Activity.Pointer, working.Scratch.Pointer, seed, sequence, weight, learning: true, moment, archive);

    /// <summary>A predict: learned state is read-only and Plastic out of reach.</summary>
    internal static StepContext Predicting(Arena read, PredictWorkspace working, ulong seed, Moment moment = default, EntityArchive? archive = null) =>
        new(read.Pointer, null, working.Activity.Pointer, working.Scratch.Pointer, seed, 0, 1f, learning: false, moment, archive);

    /// <summary>A predict that reads a copy of the Read arena that a Plastic slot holds.</summary>
    internal StepContext Reading(Slot copy) =>
        new(Address(copy), null, Start(Region.Activity), Start(Region.Scratch), Seed, Sequence, Weight, learning: false, Moment, Archive);

    /// <summary>The same step with another event weight.</summary>
    /// <param name="weight">Importance weight.</param>
    /// <returns>The step.</returns>
    public StepContext Weighing(float weight) => new(Start(Region.Read), Start(Region.Plastic), Start(Region.Activity), Start(Region.Scratch), Seed, Sequence, weight, IsLearning, Moment, Archive);

    /// <summary>The floats of a slot, to read.</summary>
    /// <param name="slot">Any slot that this step may read.</param>
    /// <returns>A view.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<float> View(Slot slot) => new(Address(slot), slot.Length);

    /// <summary>The floats of a slot, to write.</summary>
    /// <param name="slot">A slot that the calling part owns or that is its declared output.</param>
    /// <returns>A view.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<float> Write(Slot slot)
    {
        if (!IsLearning && slot.Region <= Region.Plastic)
        {
            Throw.Predict_WritesLearnedState();
        }

        return new Span<float>(Address(slot), slot.Length);
    }

    /// <summary>A slot seen as 32-bit integers, to read.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>A view.</returns>
    public ReadOnlySpan<int> ViewIntegers(Slot slot) => MemoryMarshal.Cast<float, int>(View(slot));

    /// <summary>A slot seen as 32-bit integers, to write.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>A view.</returns>
    public Span<int> WriteIntegers(Slot slot) => MemoryMarshal.Cast<float, int>(Write(slot));

    /// <summary>A slot seen as 64-bit integers, to read.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>A view.</returns>
    public ReadOnlySpan<long> ViewLongs(Slot slot) => MemoryMarshal.Cast<float, long>(View(slot));

    /// <summary>A slot seen as 64-bit integers, to write.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>A view.</returns>
    public Span<long> WriteLongs(Slot slot) => MemoryMarshal.Cast<float, long>(Write(slot));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* Address(Slot slot)
    {
        var start = Start(slot.Region);
        if (start is null)
        {
            Throw.Predict_ReadsPlasticState();
        }

        return start + slot.Offset;
    }

    /// <summary>By number: a region is known only when the step runs, and a branch for each look at a slot adds up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* Start(Region region) => (float*)_arenas[(int)region & (RegionCount - 1)];

    /// <summary>First float of every arena by region.</summary>
    [InlineArray(RegionCount)]
    private struct Arenas
    {
        private nint _first;
    }
}
