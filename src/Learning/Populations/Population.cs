using LifelongApi.Learning.Contexts;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Populations;

/// <summary>
/// A population of rate units: its slots, and the list of active units that makes every projection from it event-driven.
/// Where it has a bias, one more unit with constant activity 1 comes last.
/// </summary>
/// <remarks>
/// Reserves: drive, slope, credit [units] and active list [count] in Scratch; activity [count] in Activity.
/// </remarks>
public abstract class Population : IPopulation
{
    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the population.</param>
    /// <param name="units">Units without the bias.</param>
    /// <param name="hasBias">Whether a constant unit follows.</param>
    /// <param name="maxActive">Most units that can be active at once, without the bias.</param>
    /// <param name="dense">Whether there is a dense activity to read.</param>
    protected Population(LayoutBuilder layout, string name, int units, bool hasBias, int maxActive, bool dense)
    {
        Name = name;
        Units = units;
        HasBias = hasBias;
        MaxActive = maxActive;
        Drive = layout.Vector(Region.Scratch, $"{name}.drive", dense ? units : 0);
        Slope = layout.Vector(Region.Scratch, $"{name}.slope", dense ? units : 0);
        Credit = layout.Vector(Region.Scratch, $"{name}.credit", dense ? units : 0);
        Activity = layout.Vector(Region.Activity, $"{name}.activity", dense ? Count : 0);
        ActiveCount = layout.Vector(Region.Scratch, $"{name}.activeCount", 1);
        ActiveRows = layout.Vector(Region.Scratch, $"{name}.activeRows", maxActive + 1);
        ActiveValues = layout.Vector(Region.Scratch, $"{name}.activeValues", maxActive + 1);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Units without the bias.</summary>
    public int Units { get; }

    /// <summary>Whether a constant unit follows the units.</summary>
    public bool HasBias { get; }

    /// <summary>Most units that can be active at once, without the bias.</summary>
    public int MaxActive { get; }

    /// <summary>What silences units of other contexts, where the population is gated.</summary>
    public ContextGate? Gate { get; init; }

    /// <summary>Units with the bias: the rows of projections from here.</summary>
    public int Count => Units + (HasBias ? 1 : 0);

    /// <summary>Summed input; shape [units], padded.</summary>
    public Slot Drive { get; }

    /// <summary>Derivative of the activation at the drive; shape [units], padded.</summary>
    public Slot Slope { get; }

    /// <summary>Minus the loss gradient with respect to the drive; shape [units], padded.</summary>
    public Slot Credit { get; }

    /// <summary>Activity; shape [count], padded; empty where the population is sparse.</summary>
    public Slot Activity { get; }

    private Slot ActiveCount { get; }

    private Slot ActiveRows { get; }

    private Slot ActiveValues { get; }

    /// <summary>The numbers of the active units, bias included.</summary>
    /// <param name="step">The step.</param>
    /// <returns>Shape [active].</returns>
    public ReadOnlySpan<int> Active(in StepContext step) => step.ViewIntegers(ActiveRows)[..step.ViewIntegers(ActiveCount)[0]];

    /// <summary>The activities of the active units, in the order of <see cref="Active"/>.</summary>
    /// <param name="step">The step.</param>
    /// <returns>Shape [active].</returns>
    public ReadOnlySpan<float> Values(in StepContext step) => step.View(ActiveValues)[..step.ViewIntegers(ActiveCount)[0]];

    /// <summary>The units that work in this step: all, or those of the context at hand.</summary>
    /// <param name="step">The step.</param>
    /// <returns>A range of units in whole lines.</returns>
    public ColumnWindow Window(in StepContext step) => Gate?.Window(step) ?? new(0, LayoutBuilder.Padded(Units));

    /// <inheritdoc/>
    public abstract void Advance(in StepContext step);

    /// <summary>Room for the active list; end with <see cref="EndActive"/>.</summary>
    /// <param name="step">The step.</param>
    /// <param name="rows">Unit numbers to fill.</param>
    /// <param name="values">Activities to fill.</param>
    protected void BeginActive(in StepContext step, out Span<int> rows, out Span<float> values)
    {
        rows = step.WriteIntegers(ActiveRows);
        values = step.Write(ActiveValues);
    }

    /// <summary>Adds the bias and stores the number of active units.</summary>
    /// <param name="step">The step.</param>
    /// <param name="count">Entries filled.</param>
    protected void EndActive(in StepContext step, int count)
    {
        if (HasBias)
        {
            step.WriteIntegers(ActiveRows)[count] = Units;
            step.Write(ActiveValues)[count] = 1f;
            count++;
        }

        step.WriteIntegers(ActiveCount)[0] = count;
    }

    /// <summary>Lists every unit of the dense activity that is not zero, in order: by lines, whole ones at once.</summary>
    /// <param name="step">The step.</param>
    protected void ListActive(in StepContext step)
    {
        var activity = step.Write(Activity);
        BeginActive(step, out var rows, out var values);
        var count = ActiveList.Fill(activity, Units, rows, values);
        if (HasBias)
        {
            activity[Units] = 1f;
        }

        EndActive(step, count);
    }
}
