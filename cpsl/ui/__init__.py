"""The widgets that pages are made of."""

from __future__ import annotations

from cpsl.ui.actions import ActionCard, Button, GalleryCard, SubmitButton
from cpsl.ui.content import (
    Chart,
    ChartType,
    EmptyState,
    Metric,
    MetricFormat,
    RunList,
    RunStatus,
    Text,
)
from cpsl.ui.inputs import (
    CheckboxGroup,
    FileInput,
    ImageInput,
    NumberInput,
    Select,
    TextArea,
    TextInput,
    Toggle,
    UrlInput,
    UrlListInput,
)
from cpsl.ui.layout import (
    ActionBar,
    Card,
    Column,
    Divider,
    FormSection,
    Page,
    Row,
    WorkflowShell,
)
from cpsl.ui.media import Image, ImageGallery, Video, VideoGallery
from cpsl.ui.panels import ChatPanel, FileBrowser, TaskBoard, TaskBoardColumn
from cpsl.ui.tables import Table, TableBrowser, TableGroup

__all__ = [
    "ActionBar",
    "ActionCard",
    "Button",
    "Card",
    "Chart",
    "ChartType",
    "ChatPanel",
    "CheckboxGroup",
    "Column",
    "Divider",
    "EmptyState",
    "FileBrowser",
    "FileInput",
    "FormSection",
    "GalleryCard",
    "Image",
    "ImageGallery",
    "ImageInput",
    "Metric",
    "MetricFormat",
    "NumberInput",
    "Page",
    "Row",
    "RunList",
    "RunStatus",
    "Select",
    "SubmitButton",
    "Table",
    "TableBrowser",
    "TableGroup",
    "TaskBoard",
    "TaskBoardColumn",
    "Text",
    "TextArea",
    "TextInput",
    "Toggle",
    "UrlInput",
    "UrlListInput",
    "Video",
    "VideoGallery",
    "WorkflowShell",
]
