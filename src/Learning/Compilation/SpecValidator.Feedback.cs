using System.Text;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Learning.Compilation;

/// <summary>What is learned where no label comes.</summary>
internal sealed partial class SpecValidator
{
    private void CheckFeedback(FeedbackSpec? feedback, TargetSpec target, Durability durability)
    {
        if (feedback is null)
        {
            return;
        }

        if (durability == Durability.None)
        {
            Add("feedback", "needs a journal to remember predictions in; take durability 'none' or this out");
        }

        if (feedback.WindowSeconds is null && feedback.WindowEvents is null)
        {
            Add("feedback.windowSeconds", "is missing; say when the window has passed, by windowSeconds or windowEvents");
        }

        Range("feedback.windowSeconds", feedback.WindowSeconds, 0.1, 31_536_000);
        Range("feedback.windowEvents", feedback.WindowEvents, 1, 1e9);
        Range("feedback.weight", feedback.Weight, 0, 1e6);
        Range("feedback.maxPending", feedback.MaxPending, 1, 1_000_000);
        if (target.Kind == TargetKind.Label)
        {
            CheckDefaultLabel(feedback);
        }
        else
        {
            CheckDefaultTarget(feedback, target.Size ?? 1);
        }
    }

    private void CheckDefaultLabel(FeedbackSpec feedback)
    {
        if (feedback.DefaultTarget is not null)
        {
            Add("feedback.defaultTarget", "is for a target of kind 'value'; give defaultLabel");
        }

        if (feedback.DefaultLabel is not { Length: > 0 } label)
        {
            Add("feedback.defaultLabel", "is missing; give the class that no label means");
        }
        else if (Encoding.UTF8.GetByteCount(label) > LabelTable.LargestName)
        {
            Add("feedback.defaultLabel", $"has more than {LabelTable.LargestName} bytes");
        }
    }

    private void CheckDefaultTarget(FeedbackSpec feedback, int size)
    {
        if (feedback.DefaultLabel is not null)
        {
            Add("feedback.defaultLabel", "is for a target of kind 'label'; give defaultTarget");
        }

        if (feedback.DefaultTarget?.Count != size)
        {
            Add("feedback.defaultTarget", $"give the {size} numbers that no answer means");
        }
        else if (feedback.DefaultTarget.Any(value => !(Math.Abs(value) <= float.MaxValue)))
        {
            Add("feedback.defaultTarget", "holds a number beyond the range of a 32-bit float");
        }
    }
}
