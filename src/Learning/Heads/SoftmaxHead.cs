using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>
/// p = softmax(drive) over the classes known, loss −ln p(label), credit = 1[label] − p (Bridle 1990). A class that appears takes part from then on.
/// With scope <c>task</c> loss and credit run over the classes seen since the present task began; answers still cover all classes.
/// </summary>
/// <remarks>
/// Reserves: probabilities [classes] and for which event and how many classes they are in Scratch; where tasks matter (scope <c>task</c>, or distillation) also the number of the task in which each class was
/// last seen [classes] as int32, 0 for never, and the count of task beginnings, in Plastic.
/// </remarks>
public sealed class SoftmaxHead : IClassHead
{
    private const ulong Signs = 0x736967_6E73; // "signs"
    private readonly Population _output;
    private readonly Slot _probabilities;
    private readonly Slot _computed;
    private readonly Slot _lastTask;
    private readonly Slot _taskCount;
    private readonly bool _knowsTasks;
    private const int Event = 0;
    private const int Classes = 1;

    /// <summary>Reserves the scratch, and the tasks of classes where they matter.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="output">The population it reads; one unit per class that fits.</param>
    /// <param name="spec">Scope and distillation.</param>
    public SoftmaxHead(LayoutBuilder layout, string owner, Population output, SoftmaxHeadSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        _output = output;
        IsByTask = spec.Scope == ClassScope.Task;
        _knowsTasks = IsByTask || spec.Distillation is not null;
        _probabilities = layout.Vector(Region.Scratch, $"{owner}.probabilities", output.Units);
        _computed = layout.Memo($"{owner}.computed", 4);
        if (_knowsTasks)
        {
            _lastTask = layout.Vector(Region.Plastic, $"{owner}.lastTask", output.Units);
            _taskCount = layout.Vector(Region.Plastic, $"{owner}.taskCount", 2);
        }
    }

    /// <summary>Whether training runs over the classes of the present task only.</summary>
    public bool IsByTask { get; }

    /// <summary>The number of the task in which each class was last seen, from 1; 0 for a class never seen. Only where tasks matter.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>Shape [classes].</returns>
    public ReadOnlySpan<int> LastTasks(scoped in StepContext step) => step.ViewIntegers(_lastTask)[.._output.Units];

    /// <inheritdoc/>
    public void Read(int classCount, in StepContext step, PredictionBuffer prediction)
    {
        var scores = prediction.Prepare(classCount);
        Normalise(classCount, [], 0, -1, step)[..classCount].CopyTo(scores);
        prediction.Label = Reduction.IndexOfMax(scores);
    }

    /// <inheritdoc/>
    public void Probabilities(int classCount, in StepContext step, Span<float> probabilities) => Normalise(classCount, [], 0, -1, step)[..classCount].CopyTo(probabilities);

    /// <inheritdoc/>
    public StepOutcome Score(in HeadTarget target, in StepContext step)
    {
        var probabilities = IsByTask
            ? Normalise(target.ClassCount, LastTasks(step), PresentTask(step), target.Label, step)
            : AsRead(target.ClassCount, step);
        var credit = step.Write(_output.Credit);
        RowKernels.Scale(probabilities, -1f, credit);
        credit[target.Label] += 1f;
        return ClassScore.Of(probabilities[target.Label], IsByTask ? CountInTask(target, step) : target.ClassCount);
    }

    /// <summary>
    /// credit = Σ_c ε_c √p_c (1[c] − p), with a sign ε for every class at random (Hutchinson 1990): as E[ε_c ε_d] = 1[c = d], the mean square of any linear function of it is
    /// the expectation over c ~ p of the square of the same function of 1[c] − p.
    /// </summary>
    /// <param name="target">The target; with scope <c>task</c> p runs over the same classes as in training.</param>
    /// <param name="draw">Number of the draw.</param>
    /// <param name="credit">Shape [outputs]; overwritten.</param>
    /// <param name="step">A learning step.</param>
    public void Scatter(in HeadTarget target, ulong draw, Span<float> credit, in StepContext step)
    {
        var probabilities = IsByTask
            ? Normalise(target.ClassCount, LastTasks(step), PresentTask(step), target.Label, step)
            : Normalise(target.ClassCount, [], 0, -1, step);
        var sum = 0f;
        credit.Clear();
        for (var i = 0; i < target.ClassCount; i++)
        {
            var isMinus = (KeyedRandom.Bits(step.Seed, Signs, draw, (ulong)i) & 1) != 0;
            credit[i] = isMinus ? -MathF.Sqrt(probabilities[i]) : MathF.Sqrt(probabilities[i]);
            sum += credit[i];
        }

        RowKernels.AddScaled(probabilities[..target.ClassCount], -sum, credit[..target.ClassCount]);
    }

    /// <inheritdoc/>
    public void Restrict(in HeadTarget target, Span<float> credit, in StepContext step)
    {
        if (!IsByTask)
        {
            return;
        }

        var lastTasks = LastTasks(step);
        var present = PresentTask(step);
        for (var i = 0; i < target.ClassCount; i++)
        {
            if (lastTasks[i] != present && i != target.Label)
            {
                credit[i] = 0f;
            }
        }
    }

    /// <inheritdoc/>
    public void Commit(in HeadTarget target, in StepContext step)
    {
        if (_knowsTasks)
        {
            step.WriteIntegers(_lastTask)[target.Label] = PresentTask(step);
        }
    }

    /// <inheritdoc/>
    public void BeginTask(in StepContext step)
    {
        if (_knowsTasks)
        {
            step.WriteLongs(_taskCount)[0]++;
        }
    }

    /// <summary>Tasks are counted from 1, what comes before the first beginning being the first; a class that holds 0 was never seen.</summary>
    private int PresentTask(in StepContext step) => (int)Math.Min(step.ViewLongs(_taskCount)[0] + 1, int.MaxValue);

    private int CountInTask(in HeadTarget target, in StepContext step)
    {
        var lastTasks = LastTasks(step);
        var present = PresentTask(step);
        var count = 0;
        for (var i = 0; i < target.ClassCount; i++)
        {
            count += lastTasks[i] == present || i == target.Label ? 1 : 0;
        }

        return count;
    }

    /// <summary>What was read of this event and for as many classes still stands; once only, for what is learned again later in the event is another input.</summary>
    private Span<float> AsRead(int classCount, in StepContext step)
    {
        var computed = step.WriteLongs(_computed);
        var stands = computed[Event] == step.Sequence && computed[Classes] == classCount;
        var probabilities = stands ? step.Write(_probabilities) : Normalise(classCount, [], 0, -1, step);
        computed[Classes] = -1;
        return probabilities;
    }

    /// <summary>Softmax over the first classes, or where tasks are given over those of the present task and the label; all others get 0.</summary>
    private Span<float> Normalise(int classCount, ReadOnlySpan<int> lastTasks, int present, int label, in StepContext step)
    {
        var probabilities = step.Write(_probabilities);
        var drive = step.View(_output.Drive);
        drive.CopyTo(probabilities);
        var computed = step.WriteLongs(_computed);
        (computed[Event], computed[Classes]) = (step.Sequence, step.IsLearning && lastTasks.IsEmpty ? classCount : -1);
        if (lastTasks.IsEmpty)
        {
            SoftmaxKernel.Apply(probabilities, classCount);
            return probabilities;
        }

        // The drive of a class out of scope must not be the highest: the label's stands in for it until it is set to zero.
        var known = probabilities[..classCount];
        for (var i = 0; i < classCount; i++)
        {
            known[i] = lastTasks[i] == present ? drive[i] : drive[label];
        }

        SoftmaxKernel.Apply(probabilities, classCount);
        for (var i = 0; i < classCount; i++)
        {
            known[i] = lastTasks[i] == present || i == label ? known[i] : 0f;
        }

        RowKernels.Scale(known, 1f / Reduction.Sum(known), known);
        return probabilities;
    }
}
