using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Modulators;

/// <summary>The modulators of a model, their levels, and the drift that waits to be a boundary of the stream.</summary>
/// <remarks>Reserves: one level per modulator in Plastic; where a detector asks for boundaries, the sequence of the drift that waits.</remarks>
public sealed class ModulatorBank
{
    private readonly IModulator[] _modulators;
    private readonly Slot _levels;
    private readonly Slot? _waiting;

    /// <summary>Makes the modulators of a spec.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="specs">Their specs, in order.</param>
    public ModulatorBank(LayoutBuilder layout, IReadOnlyList<ModulatorSpec> specs)
    {
        _levels = layout.Vector(Region.Plastic, "modulators.levels", Math.Max(1, specs.Count));
        _modulators = [.. specs.Select(spec => Create(layout, spec))];
        Names = [.. specs.Select(spec => spec.Name)];
        if (specs.Any(spec => spec is DriftModulatorSpec { Boundary: true }))
        {
            _waiting = layout.Vector(Region.Plastic, "modulators.waitingDrift", 2);
        }
    }

    /// <summary>Names in order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>How many there are.</summary>
    public int Count => _modulators.Length;

    /// <summary>Where the level of a modulator is kept.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The level.</returns>
    public ModulatorLevel LevelOf(string name)
    {
        var index = Names.ToList().IndexOf(name);
        return index >= 0 ? new ModulatorLevel(_levels, index) : throw new InvalidOperationException($"There is no modulator '{name}'.");
    }

    /// <summary>Lets every modulator sense an event, in order.</summary>
    /// <param name="outcome">How it turned out.</param>
    /// <param name="step">The step.</param>
    public void Sense(in StepOutcome outcome, in StepContext step)
    {
        for (var i = 0; i < _modulators.Length; i++)
        {
            var level = _modulators[i].Sense(outcome, step);
            step.Write(_levels)[i] = level;
            if (_waiting is { } waiting && _modulators[i] is IDriftDetector detector && detector.IsBoundary(step) && step.ViewLongs(waiting)[0] == 0)
            {
                step.WriteLongs(waiting)[0] = step.Sequence;
            }
        }
    }

    /// <summary>Which modulators detected drift on the event that was sensed last. Valid in the step of that event.</summary>
    /// <param name="step">The step.</param>
    /// <param name="detected">Overwritten; shape [modulators].</param>
    /// <returns>Whether any did.</returns>
    public bool Detections(in StepContext step, Span<bool> detected)
    {
        var any = false;
        for (var i = 0; i < _modulators.Length; i++)
        {
            detected[i] = _modulators[i] is IDriftDetector detector && detector.HasDetected(step);
            any |= detected[i];
        }

        return any;
    }

    /// <summary>Sequence of the drift that waits to be a boundary of the stream; 0: none.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>The sequence.</returns>
    public long WaitingDrift(in StepContext step) => _waiting is { } waiting ? step.ViewLongs(waiting)[0] : 0;

    /// <summary>Notes that there is a boundary, so that no drift before it waits any more.</summary>
    /// <param name="step">A learning step.</param>
    public void PassBoundary(in StepContext step)
    {
        if (_waiting is { } waiting)
        {
            step.WriteLongs(waiting)[0] = 0;
        }
    }

    /// <summary>All levels.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>Shape [modulators].</returns>
    public ReadOnlySpan<float> Levels(scoped in StepContext step) => step.View(_levels)[.._modulators.Length];

    private static IModulator Create(LayoutBuilder layout, ModulatorSpec spec) => spec switch
    {
        ExpectedUncertaintySpec expected => new ExpectedUncertainty(layout, expected),
        UnexpectedUncertaintySpec unexpected => new UnexpectedUncertainty(layout, unexpected),
        RewardPredictionErrorSpec reward => new RewardPredictionError(layout, reward),
        AdwinSpec adwin => new Adwin(layout, adwin),
        PageHinkleySpec pageHinkley => new PageHinkley(layout, pageHinkley),
        DdmSpec ddm => new Ddm(layout, ddm),
        _ => throw new InvalidOperationException($"Modulator {spec.GetType().Name} is not known."),
    };
}
